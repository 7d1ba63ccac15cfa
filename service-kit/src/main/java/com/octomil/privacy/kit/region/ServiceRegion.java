package com.octomil.privacy.kit.region;

import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.kit.validation.Names;
import io.quarkus.runtime.Startup;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * The region that this service runs in, from {@code octomil.region}. A value that is not a DNS
 * label stops the start. Thread-safe.
 */
@Startup
@Singleton
public class ServiceRegion {

  private final Optional<String> name;

  /**
   * A region.
   *
   * @param name a DNS label as in the pins of federations; empty or blank: not in any region
   * @throws IllegalStateException if it is not a DNS label
   */
  public ServiceRegion(@ConfigProperty(name = "octomil.region") Optional<String> name) {
    this.name = name.map(String::strip).filter(text -> !text.isEmpty());
    this.name
        .filter(text -> !Names.isDnsLabel(text))
        .ifPresent(text -> {
          throw new IllegalStateException(
              "octomil.region is '" + text + "': must be a DNS label, for example 'eu'");
        });
  }

  /** The region; empty if the deployment names none. */
  public Optional<String> name() {
    return name;
  }

  /** The region, or the empty string, as messages between services carry it. */
  public String wireName() {
    return name.orElse("");
  }

  /**
   * Whether somebody in {@code region} may serve a federation with these pins. Nobody knows where a
   * service without a region is, so no pin admits it.
   *
   * @param region empty: unknown
   * @param allowed the federation's regions; empty: any
   */
  public static boolean admits(Collection<String> allowed, Optional<String> region) {
    return allowed.isEmpty() || region.filter(allowed::contains).isPresent();
  }

  /**
   * Refuses to serve a federation that is pinned elsewhere.
   *
   * @throws ServiceException {@code REGION_REFUSED}
   */
  public void requireWithin(String federation, Collection<String> allowed) {
    if (!admits(allowed, name)) {
      throw refusal(federation, allowed, "this service", name);
    }
  }

  /**
   * The refusal of somebody outside the pins.
   *
   * @param who for the sentence, for example "the device"
   * @param region where they are; empty: unknown
   */
  public static ServiceException refusal(
      String federation, Collection<String> allowed, String who, Optional<String> region) {
    return new ServiceException(
        ErrorCode.REGION_REFUSED, sentence(federation, allowed, who, region));
  }

  /** The sentence of {@link #refusal}. */
  public static String sentence(
      String federation, Collection<String> allowed, String who, Optional<String> region) {
    return "The federation '"
        + federation
        + "' is pinned to the regions "
        + allowed.stream().sorted().toList()
        + "; "
        + who
        + region.map(name -> " is in '" + name + "'.").orElse(" has no region.");
  }

  @Override
  public String toString() {
    return "ServiceRegion[" + wireName() + "]";
  }
}
