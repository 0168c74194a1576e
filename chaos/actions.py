"""Actions of the chaostoolkit extension: what is done to the pipeline, by the sentences that Gherkin steps use too.

No postponed annotations here: chaostoolkit's discovery reads the types as they are.
"""

from chaos.session import activity, running, story
from harness.sentences import builds, bursts, faults, response

__all__ = [
    "apply_fix",
    "build_at_once",
    "build_invalid_parsers",
    "build_others",
    "build_parser",
    "delete_failed_jobs",
    "heal",
    "inject",
    "inject_unseen",
    "store_mended_parser",
    "store_parser",
]


@activity
def store_parser(parser: str) -> None:
    """Store a parser that is valid; from now on it is the one that is built and broken."""
    builds.store_parser(story(), parser)


@activity
def build_parser() -> None:
    """Ask for a build of the stored parser."""
    builds.build_parser(story())


@activity
def build_others(number: int) -> None:
    """Store `number` other parsers and ask for their builds."""
    builds.build_others(story(), number)


@activity
def build_at_once(number: int, name: str) -> None:
    """Ask for the builds of `number` new parsers at once; their names begin with `name`."""
    bursts.build_at_once(story(), number, name)


@activity
def build_invalid_parsers(forms: dict) -> None:  # type: ignore[type-arg] # the name that discovery knows
    """For each parser in `forms`: store it, make it invalid in that form, and ask for its build."""
    faults.build_invalid_parsers(story(), forms)


@activity
def store_mended_parser() -> None:
    """Store a parser that works, as its developer does once told."""
    builds.store_mended_parser(story())


@activity
def inject(fault: str, parameters: dict | None = None) -> None:  # type: ignore[type-arg]
    """Inject a fault and look until it is seen to act; one that is not proves nothing. `heal` takes it back."""
    faults.inject(story(), fault, parameters or {})


@activity
def inject_unseen(fault: str, parameters: dict | None = None) -> None:  # type: ignore[type-arg]
    """Inject a fault that cannot be seen to act before something meets it: claim what met it."""
    faults.inject_unseen(story(), fault, parameters or {})


@activity
def heal() -> None:
    """Take back every fault of the experiment. For rollbacks: may be called twice, and when nothing was opened."""
    session = running()
    if session is not None and session.story is not None:
        faults.heal(session.story)


@activity
def apply_fix() -> None:
    """Apply the runbook's remedy for the cause that was found."""
    response.apply_fix(story())


@activity
def delete_failed_jobs() -> None:
    """Delete the jobs of failed builds: the runbook's step 10."""
    response.delete_failed_jobs(story())
