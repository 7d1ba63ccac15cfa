/** Differential privacy: accountants with certified bounds, exact noise, clipping and encoding. */
module com.octomil.privacy.dp {
  requires static org.jspecify;
  requires org.apache.commons.numbers.gamma;

  exports com.octomil.privacy.dp.accounting;
  exports com.octomil.privacy.dp.mechanism;
  exports com.octomil.privacy.dp.random;
  exports com.octomil.privacy.dp.sensitivity;
}
