package com.octomil.privacy.cli.demo;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** How many rounds the fleet knows to be over. Thread-safe. */
final class RoundClock {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition advanced = lock.newCondition();
  private int completed;

  /** The round that is running or comes next, from 1. */
  int current() {
    lock.lock();
    try {
      return completed + 1;
    } finally {
      lock.unlock();
    }
  }

  /** Tells everybody that so many rounds are over; going back is ignored. */
  void completed(int rounds) {
    lock.lock();
    try {
      if (rounds > completed) {
        completed = rounds;
        advanced.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits until this round is over. */
  void awaitEndOf(int round) throws InterruptedException {
    lock.lock();
    try {
      while (completed < round) {
        advanced.await();
      }
    } finally {
      lock.unlock();
    }
  }
}
