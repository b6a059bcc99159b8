#ifndef TRIBUTARY_CHNSW_H
#define TRIBUTARY_CHNSW_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// hnswlib's graph over vectors of one dimension, near by inner product: one thread at a time.
typedef struct tributary_graph tributary_graph;

/// An empty graph with room for `capacity` vectors of `dimension` numbers; null without memory.
/// `links` is hnswlib's M, `effort` its ef_construction; levels are drawn from `seed`.
tributary_graph *tributary_graph_create(
    size_t dimension, size_t capacity, size_t links, size_t effort, size_t seed);

/// Gives the graph's memory back.
void tributary_graph_destroy(tributary_graph *graph);

/// Adds a vector under a label that the graph has never had; grows when it is full. Returns 0, or -1 without memory.
int tributary_graph_add(tributary_graph *graph, const float *vector, uint64_t label);

/// Leaves a label out of all results from now on; its memory stays taken. Returns 0, or -1 when there is none.
int tributary_graph_remove(tributary_graph *graph, uint64_t label);

/// Finds up to `limit` labels near `vector`, best first, looking at `effort` candidates (hnswlib's ef).
/// Writes labels and inner products; returns how many, or -1 when it failed.
ptrdiff_t tributary_graph_search(
    tributary_graph *graph, const float *vector, size_t limit, size_t effort, uint64_t *labels, float *products);

/// About how many bytes the graph takes.
size_t tributary_graph_bytes(const tributary_graph *graph);

#ifdef __cplusplus
}
#endif

#endif
