#include "CKernels.h"
#include <math.h>
#include <string.h>

// Images are [samples][height][width][channels]; a patch is [window height][window width][channels].

/// Which columns of the window at `left` lie inside the image: *from up to, but not with, *to.
static void inside(long left, const ck_windows *w, long *from, long *to) {
    *from = left < 0 ? -left : 0;
    *to = left + w->window_width > w->width ? w->width - left : w->window_width;
}

void ck_gather_patches(const float *x, ck_windows w, float *patches) {
    const long row = w.window_width * w.channels;
    for (long s = 0; s < w.samples; s++) {
        const float *image = x + s * w.height * w.width * w.channels;
        for (long p = 0; p < w.out_height * w.out_width; p++) {
            long top = p / w.out_width - w.top, left = p % w.out_width - w.left, from, to;
            inside(left, &w, &from, &to);
            for (long h = 0; h < w.window_height; h++, patches += row) {
                if (top + h < 0 || top + h >= w.height || from >= to) {
                    memset(patches, 0, (size_t)row * sizeof *patches);
                    continue;
                }
                const float *source = image + ((top + h) * w.width + left) * w.channels;
                memset(patches, 0, (size_t)(from * w.channels) * sizeof *patches);
                memcpy(patches + from * w.channels, source + from * w.channels,
                       (size_t)((to - from) * w.channels) * sizeof *patches);
                memset(patches + to * w.channels, 0,
                       (size_t)((w.window_width - to) * w.channels) * sizeof *patches);
            }
        }
    }
}

void ck_scatter_patches(const float *patches, ck_windows w, float *x) {
    memset(x, 0, (size_t)(w.samples * w.height * w.width * w.channels) * sizeof *x);
    const long row = w.window_width * w.channels;
    for (long s = 0; s < w.samples; s++) {
        float *image = x + s * w.height * w.width * w.channels;
        for (long p = 0; p < w.out_height * w.out_width; p++) {
            long top = p / w.out_width - w.top, left = p % w.out_width - w.left, from, to;
            inside(left, &w, &from, &to);
            for (long h = 0; h < w.window_height; h++, patches += row) {
                if (top + h < 0 || top + h >= w.height) continue;
                float *target = image + ((top + h) * w.width + left) * w.channels;
                for (long i = from * w.channels; i < to * w.channels; i++) target[i] += patches[i];
            }
        }
    }
}

/// The largest of one window for one channel; the first of equals, as TensorFlow takes. Returns its
/// place in the image, in points.
static long winner(const float *image, const ck_windows *w, long top, long left, long channel) {
    long best = -1;
    for (long h = top < 0 ? 0 : top; h < top + w->window_height && h < w->height; h++) {
        for (long v = left < 0 ? 0 : left; v < left + w->window_width && v < w->width; v++) {
            long place = h * w->width + v;
            float value = image[place * w->channels + channel];
            if (best < 0 || value > image[best * w->channels + channel]) best = place;
        }
    }
    return best;
}

void ck_pool_windows(const float *x, ck_windows w, float *out, int32_t *places) {
    for (long s = 0; s < w.samples; s++) {
        const float *image = x + s * w.height * w.width * w.channels;
        for (long p = 0; p < w.out_height * w.out_width; p++) {
            long top = p / w.out_width * w.window_height - w.top;
            long left = p % w.out_width * w.window_width - w.left;
            for (long c = 0; c < w.channels; c++, out++, places++) {
                *places = (int32_t)winner(image, &w, top, left, c);
                *out = image[*places * w.channels + c];
            }
        }
    }
}

void ck_pool_windows_backward(const float *d_out, const int32_t *places, ck_windows w, float *d_x) {
    memset(d_x, 0, (size_t)(w.samples * w.height * w.width * w.channels) * sizeof *d_x);
    for (long s = 0; s < w.samples; s++) {
        float *image = d_x + s * w.height * w.width * w.channels;
        for (long p = 0; p < w.out_height * w.out_width; p++)
            for (long c = 0; c < w.channels; c++) image[*places++ * w.channels + c] += *d_out++;
    }
}
