"""Fits one model of `implicit` on a drawn shop and prints what the fit alone took: CPU of all threads, wall time, peak memory."""

import json
import resource
import sys
import time

import numpy
import scipy.sparse
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender

MODELS = {
    "cosine": lambda: CosineRecommender(K=100),
    "bm25": lambda: BM25Recommender(K=100),
    "als": lambda: AlternatingLeastSquares(factors=64, random_state=1),
}


def read(path):
    """Returns people by products, the days on which each bought each: the file of benches/picks/shop.rs."""
    products, people, _ = numpy.fromfile(path, dtype="<u8", count=3)
    lines = numpy.fromfile(path, dtype="<u4", offset=24).reshape(-1, 4)
    who, product, ones = lines[:, 0], lines[:, 1], numpy.ones(len(lines), dtype=numpy.float32)
    table = scipy.sparse.coo_matrix((ones, (who, product)), shape=(int(people), int(products))).tocsr()
    table.sum_duplicates()
    return table


def main():
    table = read(sys.argv[1])
    model = MODELS[sys.argv[2]]()
    cpu, wall = time.process_time(), time.perf_counter()
    model.fit(table, show_progress=False)
    cost = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
    unit = 1 if sys.platform == "darwin" else 1024
    cost["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    print(json.dumps(cost))


if __name__ == "__main__":
    main()
