"""What the scorecard is measured beside: a plain logistic regression and gradient boosting, on the same split.

Both may use everything that the scorecard may: its candidates and, where the plan works them out of columns, those
columns as well. Neither gets a forbidden column.
"""

import numpy as np

from duly.risk.columns import Int64
from duly.risk.metrics import Floats


def plain_regression(train: Floats, defaulted: Int64, test: Floats) -> Floats:
    """The probability of paying by a logistic regression on standardised columns, unknown as the median."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(max_iter=1000))
    return np.asarray(model.fit(train, defaulted).predict_proba(test)[:, 0])


def gradient_boosting(train: Floats, defaulted: Int64, test: Floats, seed: int) -> Floats:
    """The probability of paying by histogram gradient boosting, settings fixed beforehand."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    model = HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.05, max_leaf_nodes=15, min_samples_leaf=50, random_state=seed
    )
    # One thread: sums are then added in one order everywhere, and threads do not wait for each other on a busy machine.
    with threadpool_limits(1):
        return np.asarray(model.fit(train, defaulted).predict_proba(test)[:, 0])
