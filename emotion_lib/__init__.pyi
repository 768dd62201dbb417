from .artifacts import Run, leaderboard, load_model, load_run, save_run
from .datasets import DataError, Dataset, Split, load_dataset
from .datasets.batches import Batches
from .errors import EmotionError
from .evaluation import Comparison, Evaluation, compare, evaluate
from .inference.predictor import Predictor
from .inference.results import Prediction, Result
from .training.recipe import Recipe

__all__ = [
    "Batches",
    "Comparison",
    "DataError",
    "Dataset",
    "EmotionError",
    "Evaluation",
    "Prediction",
    "Predictor",
    "Recipe",
    "Result",
    "Run",
    "Split",
    "__version__",
    "compare",
    "evaluate",
    "leaderboard",
    "load_dataset",
    "load_model",
    "load_run",
    "save_run",
]

__version__: str
