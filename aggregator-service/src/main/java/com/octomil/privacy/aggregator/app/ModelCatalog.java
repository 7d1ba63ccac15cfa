package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.aggregator.domain.BudgetLedger;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.Model;
import com.octomil.privacy.aggregator.domain.ModelName;
import com.octomil.privacy.aggregator.domain.ModelStore;
import com.octomil.privacy.aggregator.domain.Weights;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.List;

/** Uploads and reads models. Thread-safe. */
@ApplicationScoped
public class ModelCatalog {
  private final ModelStore models;
  private final BudgetLedger budget;
  private final AggregatorConfig config;
  private final Clock clock;

  ModelCatalog(ModelStore models, BudgetLedger budget, AggregatorConfig config, Clock clock) {
    this.models = models;
    this.budget = budget;
    this.config = config;
    this.clock = clock;
  }

  /**
   * Stores initial weights as version 1.
   *
   * @return false if the model exists with the same initial weights
   * @throws ServiceException {@code INVALID_VALUE} for bad weights, {@code PAYLOAD_TOO_LARGE},
   *     {@code NOT_FOUND} for an unknown federation, {@code CONFLICT} if the model exists with
   *     other weights
   */
  public boolean create(FederationName federation, ModelName name, byte[] content) {
    if (content.length > config.maxModelBytes()) {
      throw new ServiceException(
          ErrorCode.PAYLOAD_TOO_LARGE,
          "The model has "
              + content.length
              + " octets; at most "
              + config.maxModelBytes()
              + " are accepted.");
    }
    Weights.defect(content)
        .ifPresent(defect -> {
          throw ServiceException.invalidField(
              ErrorCode.INVALID_VALUE, new FieldViolation("body", null, defect));
        });
    if (budget.configuration(federation).isEmpty()) {
      throw unknownFederation(federation);
    }
    return switch (models.create(federation, name, content, clock.instant())) {
      case CREATED -> true;
      case SAME -> false;
      case DIFFERENT ->
          throw new ServiceException(
              ErrorCode.CONFLICT,
              "The model '" + name + "' exists with other initial weights; choose another name.");
    };
  }

  /** The models of a federation by name; none where the federation has none or is unknown. */
  public List<Model.Summary> list(FederationName federation) {
    return models.list(federation);
  }

  public Model get(FederationName federation, ModelName name) {
    return models.find(federation, name).orElseThrow(() -> unknownModel(name));
  }

  public byte[] content(FederationName federation, ModelName name, int version) {
    return models
        .content(federation, name, version)
        .orElseThrow(() ->
            new ServiceException(
                ErrorCode.NOT_FOUND,
                "There is no version " + version + " of a model '" + name + "'."));
  }

  static ServiceException unknownModel(ModelName name) {
    return new ServiceException(
        ErrorCode.NOT_FOUND, "There is no model '" + name + "' in this federation.");
  }

  static ServiceException unknownFederation(FederationName federation) {
    return new ServiceException(
        ErrorCode.NOT_FOUND,
        "The federation '" + federation + "' does not exist or has no privacy configuration.");
  }
}
