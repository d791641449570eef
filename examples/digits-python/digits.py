"""How well a support vector machine reads handwritten digits, for a C and a gamma."""

from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.svm import SVC

from mabeam import Trial, evaluator

IMAGES, NUMBERS = load_digits(return_X_y=True)
FOLDS = 3


# A process of its own: scikit-learn computes, and a thread that computes keeps others from their turn.
@evaluator("digits", runs_in="process")
def digits(trial: Trial) -> dict[str, float]:
    """Three-fold accuracy over the 1,797 images that come with scikit-learn.

    Args:
        trial: ``params`` are those of `SVC`: C and gamma.

    Returns:
        The share of wrong answers, 0 to 1, and that of the worst fold.
    """
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=trial.seed)
    scores = cross_val_score(SVC(**trial.params), IMAGES, NUMBERS, cv=folds)
    return {"error": 1 - scores.mean(), "worst": 1 - scores.min()}
