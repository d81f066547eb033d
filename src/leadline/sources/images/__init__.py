"""Pictures beside the text: a store that gives each a short name, and the size at which a model looks at one.

`store.py` has the store, `fitting.py` the sizes. A picture costs an agent a few tokens until it is looked at
(LMM-Searcher, arXiv:2604.12890, section 2.1).
"""

from __future__ import annotations

from leadline.sources.images.fitting import Fitted as Fitted
from leadline.sources.images.fitting import fitted as fitted
from leadline.sources.images.fitting import fitted_size as fitted_size
from leadline.sources.images.store import ImageLimits as ImageLimits
from leadline.sources.images.store import ImageStore as ImageStore
from leadline.sources.images.store import StoredImage as StoredImage
