#pragma once

/// Blocks of memory that this process has asked for since its start, by whatever way.
long allocation_count(void);
