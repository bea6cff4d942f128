#include "CMPI.h"
#include <mpi.h>
int cmpi_placeholder(void){int v=0; MPI_Initialized(&v); return v;}
