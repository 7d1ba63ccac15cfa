package com.octomil.privacy.cli.demo;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many rounds the fleet knows to be over, over all training jobs of the demonstration.
 * Thread-safe.
 */
final class RoundClock {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition advanced = lock.newCondition();
  private int completed;
  private int beforeJob;

  /** The round that is running or comes next, from 1. */
  int current() {
    lock.lock();
    try {
      return completed + 1;
    } finally {
      lock.unlock();
    }
  }

  /** A training job starts, which counts its rounds from 1; so many were over before. */
  void jobStarts(int roundsBefore) {
    lock.lock();
    try {
      beforeJob = roundsBefore;
    } finally {
      lock.unlock();
    }
    completed(roundsBefore);
  }

  /** Number within the demonstration of a round of the present job. */
  int number(int roundOfJob) {
    lock.lock();
    try {
      return beforeJob + roundOfJob;
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
