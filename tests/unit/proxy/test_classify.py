"""Requests as the pipeline's clients send them, and the operation that each is."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict

from chaos.proxy.call import Call
from chaos.proxy.classify import Kind, classify, is_form
from chaos.proxy.identity import Identities

S3_SIGNED = (
    "AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/20250301/us-west-2/s3/aws4_request, "
    "SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=0123"
)
WEB_IDENTITY_FORM = (
    b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=kaniko"
    b"&RoleArn=arn%3Aaws%3Aiam%3A%3A339954290315%3Arole%2Fknative-lambda-builder-prd&WebIdentityToken=ey.J.x"
)
ASSUMED = (
    b"<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
    b"<SessionToken>t</SessionToken><AccessKeyId>ASIAEXAMPLE</AccessKeyId></Credentials><AssumedRoleUser>"
    b"<Arn>arn:aws:sts::339954290315:assumed-role/knative-lambda-builder-prd/kaniko</Arn>"
    b"</AssumedRoleUser></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
)


def call(kind: Kind, method: str, target: str, *, form: bytes = b"", **headers: str) -> Call:
    named = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    return classify(kind, method, target, named, form=form)


@pytest.mark.parametrize(
    ("method", "target", "operation", "bucket", "key"),
    [
        ("GET", "/", "ListBuckets", "", ""),
        ("PUT", "/modules", "CreateBucket", "modules", ""),
        ("HEAD", "/modules", "HeadBucket", "modules", ""),
        ("GET", "/modules?list-type=2&prefix=global%2F", "ListObjectsV2", "modules", ""),
        ("GET", "/modules?prefix=a", "ListObjects", "modules", ""),
        ("GET", "/modules?versions", "ListObjectVersions", "modules", ""),
        ("PUT", "/modules?versioning", "PutBucketVersioning", "modules", ""),
        ("GET", "/modules?website", "", "modules", ""),
        ("POST", "/modules?delete", "DeleteObjects", "modules", ""),
        ("GET", "/modules/global/parser/a1?x-id=GetObject", "GetObject", "modules", "global/parser/a1"),
        ("HEAD", "/modules/global/parser/a1", "HeadObject", "modules", "global/parser/a1"),
        ("PUT", "/modules/global/parser/a%201%2Bb", "PutObject", "modules", "global/parser/a 1+b"),
        ("DELETE", "/modules/k?versionId=7", "DeleteObject", "modules", "k"),
        ("POST", "/modules/k?uploads", "CreateMultipartUpload", "modules", "k"),
        ("PUT", "/modules/k?partNumber=2&uploadId=u", "UploadPart", "modules", "k"),
        ("POST", "/modules/k?uploadId=u", "CompleteMultipartUpload", "modules", "k"),
        ("DELETE", "/modules/k?uploadId=u", "AbortMultipartUpload", "modules", "k"),
        ("GET", "/modules/k?tagging", "GetObjectTagging", "modules", "k"),
        ("GET", "/modules/a//b/", "GetObject", "modules", "a//b/"),
    ],
)
def test_s3_in_path_style(method: str, target: str, operation: str, bucket: str, key: str) -> None:
    found = call("aws", method, target, Authorization=S3_SIGNED)
    assert (found.service, found.operation, found.bucket, found.key) == ("s3", operation, bucket, key)
    assert found.caller.access_key == "ASIAEXAMPLE"


def test_a_copy_is_told_from_an_upload_by_its_header() -> None:
    assert call("aws", "PUT", "/b/k", x_amz_copy_source="/b/other").operation == "CopyObject"
    assert call("aws", "PUT", "/b/k?partNumber=1", x_amz_copy_source="/b/other").operation == "UploadPartCopy"


def test_a_presigned_url_names_its_caller_in_the_query() -> None:
    found = call("aws", "GET", "/b/k?X-Amz-Credential=AKIA1%2F20250301%2Fus-west-2%2Fs3%2Faws4_request")
    assert (found.operation, found.caller.access_key) == ("GetObject", "AKIA1")


def test_an_unsigned_form_is_told_by_action_and_version() -> None:
    found = call("aws", "POST", "/", form=WEB_IDENTITY_FORM)
    assert (found.service, found.operation) == ("sts", "AssumeRoleWithWebIdentity")


def test_a_signed_form_is_told_by_the_scope_of_its_signature() -> None:
    signed = S3_SIGNED.replace("/s3/", "/iam/")
    found = call("aws", "POST", "/", form=b"Action=PutRolePolicy&RoleName=r", Authorization=signed)
    assert (found.service, found.operation) == ("iam", "PutRolePolicy")


def test_a_form_whose_action_is_not_within_what_was_read_is_of_no_operation() -> None:
    assert call("aws", "POST", "/", form=b"PolicyDocument=" + b"x" * 100).operation == ""


def test_ecr_is_told_by_its_target() -> None:
    found = call(
        "aws",
        "POST",
        "/",
        X_Amz_Target="AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
        Authorization=S3_SIGNED.replace("/s3/", "/ecr/"),
    )
    assert (found.service, found.operation) == ("ecr", "GetAuthorizationToken")


def test_what_belongs_to_no_service_matches_no_rule() -> None:
    assert call("aws", "POST", "/moto-api/reset-auth").service == ""
    assert call("aws", "POST", "/", Authorization=S3_SIGNED.replace("/s3/", "/dynamodb/")).service == ""


@pytest.mark.parametrize(
    ("method", "target", "operation", "repository", "reference"),
    [
        ("GET", "/v2/", "Ping", "", ""),
        ("GET", "/v2/_catalog?n=100", "Catalog", "", ""),
        ("GET", "/v2/knative-lambdas/builder/tags/list", "ListTags", "knative-lambdas/builder", ""),
        ("PUT", "/v2/knative-lambdas/builder/manifests/p-1", "PutManifest", "knative-lambdas/builder", "p-1"),
        ("HEAD", "/v2/a/manifests/sha256:ab", "HeadManifest", "a", "sha256:ab"),
        ("PUT", "/v2/a/manifests/b/manifests/v1", "PutManifest", "a/manifests/b", "v1"),
        ("GET", "/v2/a/b/c/blobs/sha256:ab", "GetBlob", "a/b/c", "sha256:ab"),
        ("GET", "/v2/a/blobs/sha256%3Aab", "GetBlob", "a", "sha256:ab"),
        ("POST", "/v2/a/b/blobs/uploads/", "StartBlobUpload", "a/b", ""),
        ("POST", "/v2/a/blobs/uploads/?mount=sha256:ab&from=x", "MountBlob", "a", "sha256:ab"),
        ("PATCH", "/v2/a/b/blobs/uploads/5e0b?_state=QQ%3D%3D", "PatchBlob", "a/b", ""),
        ("PUT", "/v2/a/b/blobs/uploads/5e0b?digest=sha256%3Aab", "PutBlob", "a/b", "sha256:ab"),
        ("POST", "/v2/a/manifests/v1", "", "a", "v1"),
        ("GET", "/token", "", "", ""),
    ],
)
def test_the_registry(method: str, target: str, operation: str, repository: str, reference: str) -> None:
    found = call("registry", method, target, User_Agent="kaniko/1.25")
    assert found.service == "registry"
    assert (found.operation, found.repository, found.reference) == (operation, repository, reference)
    assert found.caller.user_agent == "kaniko/1.25"


def test_only_posted_forms_are_read() -> None:
    form = "application/x-www-form-urlencoded; charset=utf-8"
    assert is_form("POST", form)
    assert not is_form("PUT", form)
    assert not is_form("POST", "application/x-amz-json-1.1")


def test_a_role_is_known_once_sts_has_handed_it_out() -> None:
    identities = Identities()
    signed = CIMultiDict({"authorization": S3_SIGNED})
    assert classify("aws", "GET", "/b/k", signed, identities=identities).caller.role == ""
    identities.learn(b"<ErrorResponse><Error/></ErrorResponse>")
    identities.learn(ASSUMED)
    caller = classify("aws", "GET", "/b/k", signed, identities=identities).caller
    assert (caller.role, caller.session) == ("knative-lambda-builder-prd", "kaniko")
