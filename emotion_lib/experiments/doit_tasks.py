"""Tasks for doit, which decides what has changed and keeps the values in a database."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Task:
    """A task of doit.

    Attributes:
        name: of the task.
        action: does the work and returns True. For doit every task that has ended is a success,
            so that those that come after it may start.
        after: names of the tasks that end before this one starts.
        identity: returns the values that the work depends on; called before it.
        unchanged: returns whether there is nothing to do, from the values of now and those that
            were kept when the task was last run.
        status: returns how the work ended; kept as one more value.
        target: a file that the work writes.
    """

    name: str
    action: Callable[[], bool]
    after: list[str]
    identity: Callable[[], dict]
    unchanged: Callable[[dict, dict], bool]
    status: Callable[[], str]
    target: Path

    def as_dict(self) -> dict:
        """Return the dictionary that doit reads."""

        def check(task, values: dict) -> bool:  # doit looks for these two names
            now = self.identity()
            task.value_savers.append(lambda: now | {"status": self.status()})
            return values.get("status") == "done" and self.unchanged(now, values)

        return {
            # An equals sign in a task's name is an option to doit.
            "name": _clean(self.name),
            "actions": [(self.action,)],
            "task_dep": [f"notebook:{_clean(name)}" for name in self.after],
            "uptodate": [check],
            "targets": [str(self.target)],
        }


def run(
    make_tasks: Callable[[], Iterable[Task]],
    database: Path,
    *,
    jobs: int,
    always: bool,
    on_unchanged: Callable[[str], None],
    on_failure: Callable[[str, str], None],
) -> None:
    """Run tasks with doit, several at a time in threads.

    Args:
        make_tasks: returns the tasks; doit prints what goes wrong in it.
        database: file in which doit keeps these values.
        jobs: tasks at a time.
        always: run tasks also if nothing has changed.
        on_unchanged: called with the name of a task that has nothing to do.
        on_failure: called with the name of a task that doit could not run, and the reason.
    """
    from doit.cmd_base import ModuleTaskLoader
    from doit.doit_cmd import DoitMain
    from doit.reporter import ZeroReporter

    names = {}

    def task_notebook():
        for task in make_tasks():
            names[f"notebook:{_clean(task.name)}"] = task.name
            yield task.as_dict()

    class Reporter(ZeroReporter):
        """Passes on decisions of doit that run no task."""

        def skip_uptodate(self, task):
            if task.name in names:
                on_unchanged(names[task.name])

        def add_failure(self, task, fail):
            if task.name in names:
                *_, reason = fail.get_msg().strip().splitlines() or [fail.get_name()]
                on_failure(names[task.name], reason)

    config = {
        "dep_file": str(database),
        "backend": "sqlite3",
        "continue": True,
        "reporter": Reporter,
        "verbosity": 2,
        "num_process": jobs,
        "par_type": "thread",
    }
    options = ["--always-execute"] if always else []
    loader = ModuleTaskLoader({"task_notebook": task_notebook, "DOIT_CONFIG": config})
    DoitMain(loader).run(["run", *options])


def _clean(name: str) -> str:
    return name.replace("=", " ")
