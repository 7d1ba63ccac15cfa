package com.octomil.privacy.kit.rest;

import com.octomil.privacy.kit.auth.RequiresScope;
import com.octomil.privacy.kit.error.ErrorCode;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import jakarta.annotation.security.PermitAll;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import java.lang.annotation.Annotation;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.Components;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.PathItem;
import org.eclipse.microprofile.openapi.models.parameters.Parameter;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;
import org.eclipse.microprofile.openapi.models.security.SecurityScheme;
import org.jboss.jandex.AnnotationInstance;
import org.jboss.jandex.AnnotationTarget;
import org.jboss.jandex.AnnotationValue;
import org.jboss.jandex.ClassInfo;
import org.jboss.jandex.IndexView;
import org.jboss.jandex.MethodInfo;
import org.jspecify.annotations.Nullable;

/**
 * What the OpenAPI documents of all services have in common: the API key with the scope that each
 * operation needs, and the problems that it may answer. What a service says itself stays.
 */
@OpenApiFilter(OpenApiFilter.RunStage.BUILD)
public class CommonApi implements OASFilter {

  private static final String SCHEME = "api_key";

  /** Names of responses, by status; those of every operation with an API key. */
  private static final Map<String, ErrorCode> WITH_KEY =
      Map.of(
          "401", ErrorCode.UNAUTHENTICATED,
          "403", ErrorCode.FORBIDDEN,
          "429", ErrorCode.TOO_MANY_REQUESTS);

  private static final Map<String, ErrorCode> ALWAYS =
      Map.of("500", ErrorCode.INTERNAL, "503", ErrorCode.UNAVAILABLE);

  private static final Map<String, ErrorCode> WITH_BODY =
      Map.of(
          "400", ErrorCode.INVALID_REQUEST,
          "415", ErrorCode.UNSUPPORTED_MEDIA_TYPE,
          "422", ErrorCode.INVALID_VALUE);

  /** May be named by operations. */
  private static final List<ErrorCode> OTHERS =
      List.of(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT, ErrorCode.PAYLOAD_TOO_LARGE);

  private static final Map<PathItem.HttpMethod, Class<? extends Annotation>> METHODS =
      Map.of(
          PathItem.HttpMethod.GET, GET.class,
          PathItem.HttpMethod.PUT, PUT.class,
          PathItem.HttpMethod.POST, POST.class,
          PathItem.HttpMethod.PATCH, PATCH.class,
          PathItem.HttpMethod.DELETE, DELETE.class);

  private final IndexView index;

  /**
   * Reads scopes from the classes of a service.
   *
   * @param index of the service and its libraries
   */
  public CommonApi(IndexView index) {
    this.index = index;
  }

  @Override
  public void filterOpenAPI(OpenAPI document) {
    if (document.getPaths() == null || document.getPaths().getPathItems() == null) {
      return;
    }
    Components components =
        Objects.requireNonNullElseGet(document.getComponents(), OASFactory::createComponents);
    document.setComponents(components);
    Map<String, SecurityScheme> schemes = components.getSecuritySchemes();
    if (schemes == null || !schemes.containsKey(SCHEME)) {
      components.addSecurityScheme(
          SCHEME,
          OASFactory.createSecurityScheme()
              .type(SecurityScheme.Type.HTTP)
              .scheme("bearer")
              .bearerFormat("edg_ and 43 base64url characters"));
    }
    WITH_KEY.values().forEach(code -> define(components, code));
    ALWAYS.values().forEach(code -> define(components, code));
    WITH_BODY.values().forEach(code -> define(components, code));
    OTHERS.forEach(code -> define(components, code));
    Map<String, String> scopes = scopes();
    document
        .getPaths()
        .getPathItems()
        .forEach((path, item) ->
            item.getOperations()
                .forEach((method, operation) ->
                    complete(operation, scopes.get(method + " " + normal(path)))));
  }

  @Override
  public Parameter filterParameter(Parameter parameter) {
    if ("federation".equals(parameter.getName()) && parameter.getDescription() == null) {
      parameter.setDescription("Name of the federation: a DNS label.");
    }
    return parameter;
  }

  private static void complete(Operation operation, @Nullable String scope) {
    APIResponses responses = operation.getResponses();
    ALWAYS.forEach((status, code) -> answer(responses, status, code));
    if (scope == null) {
      operation.setSecurity(List.of());
    } else {
      operation.setSecurity(
          List.of(OASFactory.createSecurityRequirement().addScheme(SCHEME, scope)));
      WITH_KEY.forEach((status, code) -> answer(responses, status, code));
    }
    if (operation.getRequestBody() != null) {
      WITH_BODY.forEach((status, code) -> answer(responses, status, code));
    }
  }

  private static void answer(APIResponses responses, String status, ErrorCode code) {
    APIResponse present = responses.getAPIResponse(status);
    // The framework says "Bad Request" of its own accord, and nothing more.
    if (present == null || "Bad Request".equals(present.getDescription())) {
      responses.addAPIResponse(status, OASFactory.createAPIResponse().ref(name(code)));
    }
  }

  private static void define(Components components, ErrorCode code) {
    Map<String, APIResponse> known = components.getResponses();
    if (known == null || !known.containsKey(name(code))) {
      components.addResponse(
          name(code),
          OASFactory.createAPIResponse()
              .description(Problems.TYPE_PREFIX + code.id() + ": " + code.title() + ".")
              .content(
                  OASFactory.createContent()
                      .addMediaType(
                          "application/problem+json",
                          OASFactory.createMediaType().example(example(code)))));
    }
  }

  private static Map<String, Object> example(ErrorCode code) {
    Map<String, Object> example = new LinkedHashMap<>();
    example.put("type", Problems.TYPE_PREFIX + code.id());
    example.put("title", code.title());
    example.put("status", code.httpStatus());
    return example;
  }

  /** {@code NotFound} for {@code NOT_FOUND}. */
  private static String name(ErrorCode code) {
    StringBuilder name = new StringBuilder();
    for (String word : code.name().split("_", -1)) {
      name.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return name.toString();
  }

  /** The scope of each operation; none where no key is needed. */
  private Map<String, String> scopes() {
    Map<String, String> scopes = new HashMap<>();
    for (AnnotationInstance path : index.getAnnotations(Path.class)) {
      if (path.target().kind() != AnnotationTarget.Kind.CLASS) {
        continue;
      }
      ClassInfo resource = path.target().asClass();
      for (MethodInfo method : resource.methods()) {
        String scope = scope(resource, method);
        AnnotationInstance below = method.annotation(Path.class);
        String whole =
            path.value().asString() + (below == null ? "" : "/" + below.value().asString());
        METHODS.forEach((name, annotation) -> {
          if (scope != null && method.hasAnnotation(annotation)) {
            scopes.put(name + " " + normal(whole), scope);
          }
        });
      }
    }
    return scopes;
  }

  private static @Nullable String scope(ClassInfo resource, MethodInfo method) {
    AnnotationInstance required = method.annotation(RequiresScope.class);
    if (required == null && !method.hasAnnotation(PermitAll.class)) {
      required = resource.declaredAnnotation(RequiresScope.class);
    }
    AnnotationValue value = required == null ? null : required.value();
    return value == null ? null : value.asEnum().toLowerCase(Locale.ROOT);
  }

  private static String normal(String path) {
    return ("/" + path).replaceAll("/+", "/").replaceAll("/$", "");
  }
}
