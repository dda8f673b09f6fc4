"""Fits one model of a peer, `implicit` or LensKit, on a drawn shop and prints what the fit alone took: CPU of all threads, wall time, peak memory."""

import json
import resource
import sys
import time

import numpy


def read(path):
    """Returns how many products and people there are, and who bought what, a row a line: the file of benches/picks/shop.rs."""
    products, people, _ = numpy.fromfile(path, dtype="<u8", count=3)
    lines = numpy.fromfile(path, dtype="<u4", offset=24).reshape(-1, 4)
    return int(products), int(people), lines[:, :2]


def of_implicit(path, name):
    """Returns what fits a model of implicit on the days on which each person bought each product."""
    import scipy.sparse
    from implicit.als import AlternatingLeastSquares
    from implicit.nearest_neighbours import BM25Recommender, CosineRecommender

    products, people, lines = read(path)
    ones = numpy.ones(len(lines), dtype=numpy.float32)
    table = scipy.sparse.coo_matrix((ones, (lines[:, 0], lines[:, 1])), shape=(people, products)).tocsr()
    table.sum_duplicates()
    if name == "als":
        model = AlternatingLeastSquares(factors=64, random_state=1)
    else:
        model = {"cosine": CosineRecommender, "bm25": BM25Recommender}[name](K=100)
    return lambda: model.fit(table, show_progress=False)


def of_lenskit(path):
    """Returns what fits LensKit's item-KNN on which person bought which product."""
    import pandas
    from lenskit.data import from_interactions_df
    from lenskit.knn import ItemKNNScorer
    from lenskit.training import TrainingOptions

    lines = pandas.DataFrame(read(path)[2], columns=["user_id", "item_id"]).drop_duplicates()
    data, model = from_interactions_df(lines), ItemKNNScorer(save_nbrs=100, feedback="implicit")
    return lambda: model.train(data, TrainingOptions())


def main():
    path, name = sys.argv[1:]
    fit = of_lenskit(path) if name == "lenskit" else of_implicit(path, name)
    cpu, wall = time.process_time(), time.perf_counter()
    fit()
    cost = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
    unit = 1 if sys.platform == "darwin" else 1024
    cost["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    print(json.dumps(cost))


if __name__ == "__main__":
    main()
