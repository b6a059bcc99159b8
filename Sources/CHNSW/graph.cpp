#include "CHNSW.h"

#include <hnswlib/hnswlib.h>

#include <algorithm>
#include <exception>
#include <memory>

// No exception may leave a function that C calls: every one is caught and becomes a result.

struct tributary_graph {
    hnswlib::InnerProductSpace space;
    hnswlib::HierarchicalNSW<float> index;

    tributary_graph(size_t dimension, size_t capacity, size_t links, size_t effort, size_t seed)
        : space(dimension), index(&space, capacity, links, effort, seed) {}
};

tributary_graph *tributary_graph_create(
    size_t dimension, size_t capacity, size_t links, size_t effort, size_t seed) {
    try {
        return new tributary_graph(dimension, std::max<size_t>(capacity, 1), links, effort, seed);
    } catch (const std::exception &) {
        return nullptr;
    }
}

void tributary_graph_destroy(tributary_graph *graph) { delete graph; }

int tributary_graph_add(tributary_graph *graph, const float *vector, uint64_t label) {
    try {
        auto &index = graph->index;
        if (index.cur_element_count >= index.max_elements_) {
            index.resizeIndex(index.max_elements_ + index.max_elements_ / 2 + 1024);
        }
        index.addPoint(vector, label);
        return 0;
    } catch (const std::exception &) {
        return -1;
    }
}

int tributary_graph_remove(tributary_graph *graph, uint64_t label) {
    try {
        graph->index.markDelete(label);
        return 0;
    } catch (const std::exception &) {
        return -1;
    }
}

ptrdiff_t tributary_graph_search(
    tributary_graph *graph, const float *vector, size_t limit, size_t effort, uint64_t *labels, float *products) {
    try {
        if (graph->index.cur_element_count == 0 || limit == 0) return 0;
        graph->index.setEf(std::max(effort, limit));
        auto found = graph->index.searchKnn(vector, limit);
        const auto count = static_cast<ptrdiff_t>(found.size());
        for (ptrdiff_t place = count - 1; place >= 0; place--) {
            // The worst comes first; the library's distance is 1 - product.
            products[place] = 1.0f - found.top().first;
            labels[place] = found.top().second;
            found.pop();
        }
        return count;
    } catch (const std::exception &) {
        return -1;
    }
}

size_t tributary_graph_bytes(const tributary_graph *graph) {
    const auto &index = graph->index;
    const size_t perElement =
        index.size_data_per_element_ + index.size_links_per_element_ / 16 + sizeof(void *) + sizeof(int) +
        sizeof(std::mutex) + 48;
    return index.max_elements_ * perElement + index.max_update_element_locks * sizeof(std::mutex);
}
