#include <avro.h>
#include <stddef.h>
#include <stdint.h>

/* libavro's value interface is macros over function pointers, which Swift cannot call. Bodies only forward. */

static inline int avro_shim_get_boolean(avro_value_t v, int *out) { return avro_value_get_boolean(&v, out); }
static inline int avro_shim_get_int(avro_value_t v, int32_t *out) { return avro_value_get_int(&v, out); }
static inline int avro_shim_get_long(avro_value_t v, int64_t *out) { return avro_value_get_long(&v, out); }
static inline int avro_shim_get_float(avro_value_t v, float *out) { return avro_value_get_float(&v, out); }
static inline int avro_shim_get_double(avro_value_t v, double *out) { return avro_value_get_double(&v, out); }
static inline int avro_shim_get_bytes(avro_value_t v, const void **buf, size_t *size) {
    return avro_value_get_bytes(&v, buf, size);
}
static inline int avro_shim_get_fixed(avro_value_t v, const void **buf, size_t *size) {
    return avro_value_get_fixed(&v, buf, size);
}
static inline int avro_shim_get_size(avro_value_t v, size_t *size) { return avro_value_get_size(&v, size); }
static inline int avro_shim_get_by_index(avro_value_t v, size_t index, avro_value_t *child) {
    return avro_value_get_by_index(&v, index, child, NULL);
}
static inline int avro_shim_get_discriminant(avro_value_t v, int *out) {
    return avro_value_get_discriminant(&v, out);
}
static inline int avro_shim_get_current_branch(avro_value_t v, avro_value_t *branch) {
    return avro_value_get_current_branch(&v, branch);
}

static inline int avro_shim_set_null(avro_value_t v) { return avro_value_set_null(&v); }
static inline int avro_shim_set_boolean(avro_value_t v, int value) { return avro_value_set_boolean(&v, value); }
static inline int avro_shim_set_int(avro_value_t v, int32_t value) { return avro_value_set_int(&v, value); }
static inline int avro_shim_set_long(avro_value_t v, int64_t value) { return avro_value_set_long(&v, value); }
static inline int avro_shim_set_float(avro_value_t v, float value) { return avro_value_set_float(&v, value); }
static inline int avro_shim_set_double(avro_value_t v, double value) { return avro_value_set_double(&v, value); }
static inline int avro_shim_set_bytes(avro_value_t v, const void *buf, size_t size) {
    return avro_value_set_bytes(&v, (void *)buf, size);
}
static inline int avro_shim_set_fixed(avro_value_t v, const void *buf, size_t size) {
    return avro_value_set_fixed(&v, (void *)buf, size);
}
static inline int avro_shim_append(avro_value_t v, avro_value_t *child) {
    return avro_value_append(&v, child, NULL);
}
static inline int avro_shim_set_branch(avro_value_t v, int discriminant, avro_value_t *branch) {
    return avro_value_set_branch(&v, discriminant, branch);
}
static inline void avro_shim_iface_decref(avro_value_iface_t *iface) { avro_value_iface_decref(iface); }
