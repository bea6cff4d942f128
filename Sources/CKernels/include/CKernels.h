/// The arithmetic of the step: strided matrix products by BLIS, and the passes over memory between
/// them, each compiled for several instruction sets and chosen when the program starts.
#pragma once
#include <stdint.h>

/// BLIS uses one thread, whatever BLIS_NUM_THREADS says: a rank is a thread.
void ck_pin_one_thread(void);

/// C[m x n] = A[m x k] B[k x n] + beta C, each matrix with its own row and column stride.
/// Rows of A may overlap (row stride < k): a convolution over padded points is then one product,
/// without an im2col copy. cblas_sgemm refuses such strides; BLIS's own interface takes them.
void ck_sgemm(long m, long n, long k, const float *a, long a_row, long a_column, const float *b,
              long b_row, long b_column, float beta, float *c, long c_row, long c_column);

/// The arguments of one `ck_sgemm`.
typedef struct {
    long m, n, k;
    const float *a, *b;
    float *c;
    long a_row, a_column, b_row, b_column, c_row, c_column;
    float beta;
} ck_product;

/// From now on this thread's products are also noted, the first `room` of them; NULL ends it. Returns
/// how many there were since the last call.
long ck_note_products(ck_product *products, long room);

/// Makes the products again, all by BLIS where `by_blis` is not 0.
void ck_repeat_products(const ck_product *products, long count, int by_blis);

/// Floats of a vector of the tiles that products go to on this processor: 16 with AVX-512, 8 with AVX2, 0
/// where all go to BLIS. NEATMS_DIST_TILES=avx2 or =none in the environment takes less than there is.
int ck_tile_width(void);
/// The longest k of a product with a B by columns that tiles take.
enum { ck_turned_depth = 512 };

/// From now on this thread takes at most this width.
void ck_limit_tiles(int width);

/// Where one convolution's points lie. A "row" is `height * channels` floats: one point of the
/// retention-time axis. Samples are `width` rows followed by `gap` rows of padding.
typedef struct {
    long samples, width, gap, height, channels;
    /// MaxPooling2D((1, pool)); 1: none. `width / pool` points remain.
    long pool;
    /// Strides (in floats) of the pooled output: sample, point, image row.
    long out_sample, out_point, out_height;
    /// 1: relu before pooling; 0: linear.
    int relu;
} ck_points;

/// Some of the tiles of four points into which samples are cut; `width`, a multiple of four, points a
/// sample, `sample_rows` rows from one sample to the next.
typedef struct {
    long first, count, width, sample_rows;
} ck_tiling;

// A convolution of three taps by Winograd's F(4,3): winograd.c. `count` is the number of a tap's weights;
// w has three of these one after another, u six. v, m and d_m are six matrices of a row a tile.
void ck_winograd_kernel(const float *w, long count, float *u);
void ck_winograd_kernel_gradient(const float *d_u, long count, float *d_w);
/// `x`: the row before the first sample's first point.
void ck_winograd_input(const float *x, ck_tiling tiling, long row, float *v);
/// Which of each tile's four points have an input that is not zero, 1 or 0. `x` as above.
void ck_winograd_live(const float *x, ck_tiling tiling, long row, float *live);
/// `y`, and `d_y`: the first sample's first point. Outputs of points that are not live are zero.
void ck_winograd_output(const float *m, const float *live, ck_tiling tiling, long row, float *y);
/// The same, and from there on as `ck_activate_pool`; for pools of 1, 2 and 4. `points`, `out` and `mask` are of
/// the first sample on.
void ck_winograd_activate_pool(const float *m, const float *live, ck_tiling tiling, const float *bias,
                               ck_points points, float *out, uint8_t *mask);
void ck_winograd_output_gradient(const float *d_y, ck_tiling tiling, long row, float *d_m);

/// x[samples][height][width] -> padded rows of `height` floats.
void ck_pack_input(const float *x, ck_points points, float *out);

/// out = max over the pool of activation(z + bias); `mask` keeps 1 + the winner's place in the pool,
/// or 0 where relu stops the gradient ([samples][width / pool][height * channels]).
void ck_activate_pool(const float *z, const float *bias, ck_points points, float *out,
                      uint8_t *mask);

/// The mirror image: spreads `d_out` over d_z (padding rows are left as they are), and adds its
/// sums to d_bias[channels].
void ck_activate_pool_backward(const float *d_out, const uint8_t *mask, ck_points points,
                               float *d_z, float *d_bias);

/// y[rows][units] = max(y + bias, 0) or y + bias.
void ck_bias_activate(float *y, const float *bias, long rows, long units, int relu);

/// Keras's activations, without softmax.
typedef enum {
    CK_LINEAR, CK_RELU, CK_SIGMOID, CK_TANH, CK_ELU, CK_SELU, CK_SOFTPLUS, CK_SOFTSIGN,
    CK_EXPONENTIAL, CK_SWISH, CK_GELU, CK_MISH,
} ck_activation;

/// y = activation(y); where `slope` is given, it gets the derivatives there.
void ck_activate(ck_activation kind, float *y, float *slope, long count);

/// y *= factor, element by element.
void ck_multiply(float *y, const float *factor, long count);

/// y += x, element by element.
void ck_add(float *y, const float *x, long count);

/// y[rows][units] = max(y + bias, 0) * scales, where these are as long as y.
void ck_bias_relu_dropout(float *y, const float *bias, const float *scales, long rows, long units);
/// The mirror image, by the output: d = 0 where y <= 0, else d * scales.
void ck_relu_dropout_backward(float *d, const float *y, const float *scales, long count);

/// d = 0 where y <= 0, element by element: relu's gradient by its output.
void ck_relu_backward(float *d, const float *y, long count);

/// b[columns][rows] = a[rows][columns], transposed.
void ck_transpose(const float *a, long rows, long columns, float *b);

/// What the random numbers of a dropout mask depend on: the key of Philox 4x32-10, and the last three words of
/// its counter. The first counts blocks of four units.
typedef struct {
    uint32_t key[2], counter[3];
} ck_dropout_key;

/// The dropout mask of a sample: scales[unit] = `keep` where the unit's number, the upper 24 bits of its word,
/// is at least `rate` (as a fraction of 1), else 0.
void ck_dropout_scales(float *scales, long units, ck_dropout_key key, float rate, float keep);

/// sum = x + y, element by element; `sum` is none of them.
void ck_sum(float *sum, const float *x, const float *y, long count);

/// bfloat16 is the upper half of a float: 8 bits of exponent, 7 of fraction. Rounded to the nearest,
/// ties to even.
void ck_round_to_bfloat16(float *x, long count);
void ck_to_bfloat16(uint16_t *y, const float *x, long count);
void ck_from_bfloat16(float *y, const uint16_t *x, long count);

/// The same as the first, but that what is not zero does not become it: its sign and 2^-133 stay.
void ck_round_to_nonzero_bfloat16(float *x, long count);

/// Rows of numbers of which many are zero, as the ones that are not, one after another: of `x` where `mark`
/// (as long; `x` itself, or what decides for it) has any bit set. Where `mask` is given, it gets these places,
/// 32 a word from the lowest bit on. Numbers are floats, or their upper halves where `half` is 1. Returns how many
/// there are.
long ck_pack_nonzero(const float *x, const float *mark, long count, int half, uint32_t *mask, void *packed);
/// The mirror image, by `mask` or, where that is NULL, by `mark`: `x` gets zeros elsewhere. May read one number
/// more than it returns, of at most `count`.
long ck_unpack_nonzero(float *x, const float *mark, const uint32_t *mask, long count, int half,
                       const void *packed);

/// For tests: without (`plain` 1) the instructions of AVX-512 in this thread, or with them.
void ck_limit_packing(int plain);

/// Windows over images [samples][height][width][channels], with zeros around: `top` rows above,
/// `left` points before. Convolutions move the window by 1, pools by its own size.
typedef struct {
    long samples, height, width, channels;
    long window_height, window_width, top, left, out_height, out_width;
} ck_windows;

/// im2col: patches[samples * out_height * out_width][window_height * window_width * channels].
void ck_gather_patches(const float *x, ck_windows windows, float *patches);

/// Its mirror image: x gets the sum over the patches that each element is part of.
void ck_scatter_patches(const float *patches, ck_windows windows, float *x);

/// out = the largest of each window (padding does not count), `places` the points they came from.
void ck_pool_windows(const float *x, ck_windows windows, float *out, int32_t *places);

/// Puts `d_out` to these points of d_x, and 0 elsewhere.
void ck_pool_windows_backward(const float *d_out, const int32_t *places, ck_windows windows,
                              float *d_x);

/// Adam as Keras 2.15 computes it, with the gradient of l2 * sum(w^2) added, in one pass:
/// g' = g + 2 l2 w; m += (g' - m) c1; v += (g'^2 - v) c2; w -= alpha m / (sqrt(v) + epsilon),
/// where c1 = 1 - beta_1, c2 = 1 - beta_2, alpha = rate sqrt(1 - beta_2^t) / (1 - beta_1^t).
/// Returns the sum of the squares of the new weights where l2 > 0, else 0.
double ck_adam(float *w, float *m, float *v, const float *g, long count, float alpha, float c1,
               float c2, float epsilon, float l2);

/// SGD as Keras 2.15 computes it: without momentum (m NULL) w -= rate g'; with it
/// m = momentum m - rate g'; w += m. Returns as ck_adam does.
double ck_sgd(float *w, float *m, const float *g, long count, float rate, float momentum,
              float l2);

/// Sum of squares, in a fixed order.
double ck_sum_squares(const float *w, long count);
