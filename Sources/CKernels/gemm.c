#include "CKernels.h"
void bli_thread_set_num_threads(long n);
void ck_pin_one_thread(void){bli_thread_set_num_threads(1);}
