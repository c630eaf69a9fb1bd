/// FLINT and threads.
#pragma once

namespace gforbit::galois {

/// FLINT keeps caches a thread each (tables of primes, blocks of integers), and leaves it to the thread to
/// free them. After this call they are freed when the calling thread ends. Every function of a
/// module that uses FLINT calls it first. (No FLINT value of one thread is used by another: what threads
/// share is core::Natural.)
void clean_up_flint_at_thread_end();

}  // namespace gforbit::galois
