/** The cryptographic core of secure aggregation by masking. */
module com.octomil.privacy.secagg {
  requires static org.jspecify;
  requires org.bouncycastle.provider;

  exports com.octomil.privacy.secagg;
  exports com.octomil.privacy.secagg.graph;
  exports com.octomil.privacy.secagg.keyagreement;
  exports com.octomil.privacy.secagg.masking;
  exports com.octomil.privacy.secagg.secretsharing;
  exports com.octomil.privacy.secagg.wire;
}
