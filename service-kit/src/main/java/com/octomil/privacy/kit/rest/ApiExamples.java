package com.octomil.privacy.kit.rest;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.Components;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.media.Content;
import org.eclipse.microprofile.openapi.models.parameters.Parameter;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;
import org.jspecify.annotations.Nullable;

/**
 * Completes the OpenAPI document of a service from its resource {@code openapi-examples.json}:
 * examples of bodies, by operation, examples of problems, and what parameters mean.
 */
@OpenApiFilter(OpenApiFilter.RunStage.RUN)
public class ApiExamples implements OASFilter {

  private static final String RESOURCE = "openapi-examples.json";

  private final Map<String, Map<String, Object>> examples;

  /** Reads the examples; a service without the resource has none. */
  public ApiExamples() {
    try (InputStream resource =
        Thread.currentThread().getContextClassLoader().getResourceAsStream(RESOURCE)) {
      examples =
          resource == null
              ? Map.of()
              : new ObjectMapper()
                  .readValue(resource, new TypeReference<Map<String, Map<String, Object>>>() {});
    } catch (IOException e) {
      throw new UncheckedIOException(RESOURCE, e);
    }
  }

  private Map<String, Object> section(@Nullable String name) {
    Map<String, Object> found = name == null ? null : examples.get(name);
    return found == null ? Map.of() : found;
  }

  @Override
  public Operation filterOperation(Operation operation) {
    APIResponses responses = operation.getResponses();
    Map<String, Object> own = section(operation.getOperationId());
    if (operation.getRequestBody() != null) {
      show(operation.getRequestBody().getContent(), own.get("request"));
    }
    for (Map.Entry<String, APIResponse> response : responses.getAPIResponses().entrySet()) {
      if (response.getKey().startsWith("2")) {
        show(response.getValue().getContent(), own.get("response"));
      }
    }
    return operation;
  }

  @Override
  public Parameter filterParameter(Parameter parameter) {
    Object description = section("parameters").get(parameter.getName());
    if (parameter.getDescription() == null && description != null) {
      parameter.setDescription(description.toString());
    }
    return parameter;
  }

  @Override
  public void filterOpenAPI(OpenAPI document) {
    Components components = document.getComponents();
    if (components == null || components.getResponses() == null) {
      return;
    }
    Map<String, Object> problems = section("problems");
    new LinkedHashMap<>(components.getResponses())
        .forEach((name, response) -> show(response.getContent(), problems.get(name)));
  }

  private static void show(@Nullable Content content, @Nullable Object example) {
    if (content == null || content.getMediaTypes() == null || example == null) {
      return;
    }
    content
        .getMediaTypes()
        .forEach((name, type) -> {
          if (name.contains("json") && type.getExamples() == null) {
            type.setExample(example);
          }
        });
  }
}
