#pragma once
int chdf5_placeholder(void);
