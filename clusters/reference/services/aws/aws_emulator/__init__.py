"""moto's server, closer to AWS where the build pipeline can see the difference.

moto enforces IAM once it is told to. What it lacks, and what `fidelity` adds, is how AWS treats
a web identity token and an object that is not there.
"""
