#pragma once
void ck_pin_one_thread(void);
