#include "CKernels.h"
#include "subnormal.h"
#include "tiles.h"

// Declared here rather than included: Debian's <blis.h> is an alternatives link that may belong to
// the OpenMP build, which needs a header of its own compiler. The interface is BLIS's stable typed
// API with 64-bit dimensions (dim_t, inc_t) and BLIS_NO_TRANSPOSE = 0.
void bli_thread_set_num_threads(long threads);
void bli_sgemm(int trans_a, int trans_b, long m, long n, long k, const float *alpha,
               const float *a, long a_row, long a_column, const float *b, long b_row,
               long b_column, const float *beta, float *c, long c_row, long c_column);

void ck_pin_one_thread(void) { bli_thread_set_num_threads(1); }

static _Thread_local ck_product *notes;
static _Thread_local long notes_room, notes_count;

long ck_note_products(ck_product *products, long room) {
    long count = notes_count;
    notes = products;
    notes_room = room;
    notes_count = 0;
    return count;
}

static void by_blis(long m, long n, long k, const float *a, long a_row, long a_column, const float *b,
                    long b_row, long b_column, float beta, float *c, long c_row, long c_column) {
    const float one = 1;
    bli_sgemm(0, 0, m, n, k, &one, a, a_row, a_column, b, b_row, b_column, &beta, c, c_row,
              c_column);
}

void ck_repeat_products(const ck_product *products, long count, int all_by_blis) {
    for (const ck_product *p = products; p < products + count; p++)
        (all_by_blis ? by_blis : ck_sgemm)(p->m, p->n, p->k, p->a, p->a_row, p->a_column, p->b,
                                           p->b_row, p->b_column, p->beta, p->c, p->c_row,
                                           p->c_column);
}

void ck_sgemm(long m, long n, long k, const float *a, long a_row, long a_column, const float *b,
              long b_row, long b_column, float beta, float *c, long c_row, long c_column) {
    if (m <= 0 || n <= 0) return;
    if (notes && notes_count++ < notes_room)
        notes[notes_count - 1] = (ck_product){m, n, k, a, b, c, a_row, a_column, b_row, b_column,
                                              c_row, c_column, beta};
    ck_mode before = flush_subnormals();
    if (!ck_multiply_tiles(m, n, k, a, a_row, a_column, b, b_row, b_column, beta, c, c_row, c_column))
        by_blis(m, n, k, a, a_row, a_column, b, b_row, b_column, beta, c, c_row, c_column);
    restore_mode(before);
}
