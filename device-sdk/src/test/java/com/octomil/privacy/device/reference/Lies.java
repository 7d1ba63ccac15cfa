package com.octomil.privacy.device.reference;

import com.octomil.privacy.proto.aggregator.v1.GetSurvivorSignaturesResponse;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorsResponse;
import com.octomil.privacy.proto.secagg.v1.CheckInResponse;
import com.octomil.privacy.proto.secagg.v1.GetRosterResponse;
import com.octomil.privacy.proto.secagg.v1.GetSharesResponse;
import com.octomil.privacy.proto.secagg.v1.Roster;
import com.octomil.privacy.proto.secagg.v1.RoundParameters;
import com.octomil.privacy.proto.secagg.v1.Shares;

/**
 * What a hostile server changes in honest answers to one device. Every method gets the number of
 * the device, in the order of enrolment, and returns the honest answer unless overridden.
 */
public interface Lies {

  /** Tells the truth. */
  Lies NONE = new Lies() {};

  /** Changes the parameters for everybody, before the round begins. */
  default void parameters(RoundParameters.Builder parameters) {}

  default CheckInResponse checkIn(int device, CheckInResponse honest) {
    return honest;
  }

  default Roster roster(int device, Roster honest) {
    return honest;
  }

  default GetRosterResponse rosterAnswer(int device, GetRosterResponse honest) {
    return honest;
  }

  default Shares shares(int device, Shares honest) {
    return honest;
  }

  default GetSharesResponse sharesAnswer(int device, GetSharesResponse honest) {
    return honest;
  }

  default byte[] model(int device, byte[] honest) {
    return honest;
  }

  /** The survivor bitmap. */
  default byte[] survivors(int device, byte[] honest) {
    return honest;
  }

  default GetSurvivorsResponse survivorsAnswer(int device, GetSurvivorsResponse honest) {
    return honest;
  }

  default GetSurvivorSignaturesResponse signatures(
      int device, GetSurvivorSignaturesResponse honest) {
    return honest;
  }
}
