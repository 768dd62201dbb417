"""A search for hyper-parameters with Optuna: seeded, pruned, and resumed after a kill."""

import json
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from ..datasets.batches import Batches
from ..errors import EmotionError
from ..files import digest_of, exclusive

STARTUP_TRIALS = 5  # Drawn at random and never pruned: sampler and median need some to learn from.
WARMUP_EPOCHS = 2  # No trial is pruned within them: a high learning rate starts slowly.
_FILE_NAME = "study.sqlite3"
_DIVERGED = "diverged"


class SearchError(EmotionError, ValueError):
    """A search that has not tried anything yet which could be chosen."""


class Search:
    """A study of hyper-parameters, kept in a file, so that a killed search continues.

    The default is the first trial, so that everything that is found is compared with it within the
    same budget. The others are suggested by TPE (Bergstra et al., "Algorithms for hyper-parameter
    optimization", NIPS 2011), whose random numbers depend only on the seed and the number of
    finished trials: a search that was killed suggests what an uninterrupted one would. A trial that
    was running is tried again.

    Args:
        folder: of the study's file, ``study.sqlite3``; made if it does not exist.
        space: by name, the arguments of ``optuna.Trial.suggest_float``, such as
            ``{"low": 3e-4, "high": 1e-2, "log": True}``.
        default: the first trial's value of each name.
        settings: everything else that a trial depends on, such as the number of epochs and the
            fingerprint of the data. A search with other settings, or another space, default or
            seed, is another study in the same file.
        seed: of the sampler.

    Example:
        >>> search = Search(folder, SPACE, DEFAULT, {"epochs": 6}, SEED)  # doctest: +SKIP
        >>> for trial, values in search.trials(20):  # doctest: +SKIP
        ...     search.fit(trial, network(**values), train, val, epochs=6)
        >>> search.best()  # doctest: +SKIP
        {'learning_rate': 0.0041, 'dropout': 0.18}
    """

    def __init__(
        self,
        folder: Path,
        space: Mapping[str, Mapping[str, Any]],
        default: Mapping[str, float],
        settings: Mapping[str, Any],
        seed: int = 0,
    ):
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._space = space
        self._default = dict(default)
        self._seed = seed
        identity = [space, default, settings, seed, STARTUP_TRIALS, WARMUP_EPOCHS]
        self.study = optuna.create_study(
            storage=f"sqlite:///{folder / _FILE_NAME}",
            study_name=digest_of(json.dumps(identity, sort_keys=True), length=16),
            pruner=optuna.pruners.MedianPruner(STARTUP_TRIALS, WARMUP_EPOCHS),
            direction="maximize",
            load_if_exists=True,
        )

    def trials(
        self, number: int, hours: float | None = None
    ) -> Iterator[tuple[optuna.Trial, dict[str, float]]]:
        """Yield trials with their values until the study has a number of finished ones.

        Args:
            number: of trials in all, with the default and those of earlier calls.
            hours: no trial begins after this time; None: no limit.

        Raises:
            FolderInUseError: another process searches in this folder.
        """
        start = time.monotonic()
        with exclusive(self._folder, "searching"):
            for killed in self.study.get_trials(states=(TrialState.RUNNING,)):
                self.study.tell(killed.number, state=TrialState.FAIL)
            while (finished := len(self._finished())) < number:
                if hours is not None and time.monotonic() - start > 3600 * hours:
                    print(f"The time is over after {finished} of {number} trials.")
                    return
                self.study.sampler = self._sampler(finished)
                trial = self._ask_default() if finished == 0 else self.study.ask()
                values = {}
                for name, interval in self._space.items():
                    values[name] = trial.suggest_float(name, **interval)
                shown = ", ".join(f"{name} {value:.3g}" for name, value in values.items())
                print(f"trial {finished + 1} of {number}: {shown}", flush=True)
                yield trial, values

    def fit(
        self,
        trial: optuna.Trial,
        model: keras.Model,
        train: Batches,
        val: Batches,
        *,
        epochs: int,
        verbose: int = 2,
    ) -> None:
        """Train a trial's model, and end the trial: complete, pruned, or failed.

        Its value is the validation accuracy of its best epoch. A trial is pruned after an epoch in
        which its best accuracy so far is below the median of what the complete trials had in that
        epoch. A trial with a loss that is not finite has failed; the search continues.

        Args:
            trial: of :meth:`trials`.
            model: compiled with the metric "accuracy".
            train: training batches.
            val: validation batches.
            epochs: unless it is pruned.
            verbose: as in ``keras.Model.fit``.
        """
        report = _Report(trial)
        train.start_at(0)
        model.fit(
            train,
            validation_data=val,
            epochs=epochs,
            callbacks=[report],
            verbose=verbose,
            shuffle=False,  # The batches shuffle themselves.
        )
        if report.diverged:
            trial.set_user_attr(_DIVERGED, True)
            self.study.tell(trial, state=TrialState.FAIL)
        elif report.pruned:
            self.study.tell(trial, state=TrialState.PRUNED)
        else:
            self.study.tell(trial, report.best)

    def table(self) -> pd.DataFrame:
        """Return one row per finished trial, in order; a trial that was killed is none.

        Returns:
            Columns state ("complete", "pruned" or "failed"), epochs, accuracy (of the best epoch on
            validation, None if there is none), and one per hyper-parameter; the index, trial,
            counts from 1. Trial 1 is the default.
        """
        rows = []
        for trial in self._finished():
            accuracies = trial.intermediate_values.values()
            row = {"state": _STATES[trial.state], "epochs": len(accuracies)}
            rows.append(row | {"accuracy": max(accuracies, default=None)} | trial.params)
        return pd.DataFrame(rows, pd.Index(list(range(1, len(rows) + 1)), name="trial"))

    def curves(self) -> pd.DataFrame:
        """Return the validation accuracy after each epoch, one column per trial of :meth:`table`.

        The index, epoch, counts from 1. The accuracy is NaN after a trial's last epoch.
        """
        columns = {}
        for index, trial in enumerate(self._finished(), start=1):
            columns[index] = pd.Series(trial.intermediate_values, dtype="float64")
        curves = pd.DataFrame(columns).rename(index=lambda step: step + 1)
        return curves.rename_axis(index="epoch", columns="trial")

    def importances(self) -> pd.Series:
        """Return each hyper-parameter's share of the accuracy's variance, the largest first.

        Source: Hutter, Hoos & Leyton-Brown, "An efficient approach for assessing hyperparameter
        importance", ICML 2014. Only complete trials count; with few of them the shares are rough.

        Raises:
            SearchError: fewer than two trials are complete.
        """
        complete = [trial for trial in self._finished() if trial.state == TrialState.COMPLETE]
        if len(complete) < 2:
            raise SearchError(
                f"Expected at least two complete trials. Received: {len(complete)}. Search with "
                "more trials."
            )
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=self._seed)
        try:
            shares = optuna.importance.get_param_importances(self.study, evaluator=evaluator)
        except RuntimeError:  # The accuracies do not differ, so there is nothing to share.
            shares = dict.fromkeys(self._space, 0.0)
        return pd.Series(shares, name="importance").rename_axis("hyper-parameter")

    def best(self) -> dict[str, float]:
        """Return the values of the most accurate trial after the default.

        The default is left out, so that there is something to compare it with even if the search
        found nothing better.

        Raises:
            SearchError: no suggested trial is complete.
        """
        complete = [trial for trial in self._finished()[1:] if trial.state == TrialState.COMPLETE]
        if not complete:
            raise SearchError(
                "Expected a complete trial besides the default. Received: none. Search with more "
                "trials, or with lower learning rates if all have failed."
            )
        return max(complete, key=lambda trial: trial.value).params

    def _finished(self) -> list[FrozenTrial]:
        """Return the trials that count: all but those that wait, run, or were killed."""
        trials = self.study.get_trials(deepcopy=False, states=tuple(_STATES))
        failed = TrialState.FAIL
        return [trial for trial in trials if trial.state != failed or _DIVERGED in trial.user_attrs]

    def _sampler(self, finished: int) -> optuna.samplers.BaseSampler:
        state = np.random.SeedSequence([self._seed, finished]).generate_state(1)
        return optuna.samplers.TPESampler(n_startup_trials=STARTUP_TRIALS, seed=int(state[0]))

    def _ask_default(self) -> optuna.Trial:
        if not self.study.get_trials(states=(TrialState.WAITING,)):
            self.study.enqueue_trial(self._default)
        return self.study.ask()


_STATES = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}


class _Report(keras.callbacks.Callback):
    """Report of each epoch's validation accuracy to a trial, which may end the training."""

    def __init__(self, trial: optuna.Trial):
        super().__init__()
        self._trial = trial
        self.best = -math.inf
        self.diverged = False
        self.pruned = False

    def on_epoch_end(self, epoch, logs=None):
        """Report the accuracy; stop a training that diverged or is pruned.

        After the last epoch there is nothing left to save.
        """
        if not math.isfinite(logs["loss"]):
            self.diverged = True
            self.model.stop_training = True
            return
        self.best = max(self.best, logs["val_accuracy"])
        self._trial.report(logs["val_accuracy"], epoch)
        if epoch + 1 < self.params["epochs"] and self._trial.should_prune():
            self.pruned = True
            self.model.stop_training = True
