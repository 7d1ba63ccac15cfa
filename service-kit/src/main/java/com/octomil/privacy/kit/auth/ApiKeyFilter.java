package com.octomil.privacy.kit.auth;

import com.octomil.privacy.kit.audit.AccessRecords;
import com.octomil.privacy.kit.audit.AuditEvent;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.kit.region.FederationGate;
import com.octomil.privacy.kit.validation.Names;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.PermitAll;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates the bearer API key of a REST request and checks its scope and federation; refuses
 * by default.
 */
@ApplicationScoped
public class ApiKeyFilter {

  private static final String SCHEME = "bearer ";
  private static final String PREFIX = "edg_";
  private static final int MAX_KEY_LENGTH = 128;

  private final ApiKeyVerifier verifier;
  private final CurrentPrincipal current;
  private final AuthenticationFailures failures;
  private final AccessRecords accesses;
  private final FederationGate gate;

  ApiKeyFilter(
      ApiKeyVerifier verifier,
      CurrentPrincipal current,
      AuthenticationFailures failures,
      AccessRecords accesses,
      FederationGate gate) {
    this.verifier = verifier;
    this.current = current;
    this.failures = failures;
    this.accesses = accesses;
    this.gate = gate;
  }

  /**
   * Lets the request pass once it is recorded for the audit log, or fails it with {@code
   * UNAUTHENTICATED}, {@code FORBIDDEN}, {@code REGION_REFUSED}, {@code UNAVAILABLE} if it cannot
   * be recorded, or, after too many wrong keys from its address, {@code TOO_MANY_REQUESTS}.
   */
  @ServerRequestFilter
  public Uni<@Nullable Response> authenticate(
      ContainerRequestContext request, ResourceInfo resource, HttpServerRequest http) {
    Method method = resource.getResourceMethod();
    Class<?> type = resource.getResourceClass();
    RequiresScope required = method.getAnnotation(RequiresScope.class);
    if (required == null && !method.isAnnotationPresent(PermitAll.class)) {
      required = type.getAnnotation(RequiresScope.class);
    }
    if (required == null) {
      if (method.isAnnotationPresent(PermitAll.class)
          || type.isAnnotationPresent(PermitAll.class)) {
        return Uni.createFrom().nullItem();
      }
      return Uni.createFrom()
          .failure(
              new ServiceException(ErrorCode.FORBIDDEN, "This resource is not open to API keys."));
    }
    RequiresScope needed = required;
    Optional<String> key = bearerKey(request.getHeaderString(HttpHeaders.AUTHORIZATION));
    String source = http.remoteAddress() == null ? "" : http.remoteAddress().hostAddress();
    Optional<Duration> wait = failures.wait(source, key);
    if (wait.isPresent()) {
      return Uni.createFrom()
          .failure(
              ServiceException.retryAfter(
                  ErrorCode.TOO_MANY_REQUESTS,
                  "Too many requests with a wrong API key came from this address.",
                  wait.get()));
    }
    if (key.isEmpty()) {
      failed(source);
      return Uni.createFrom()
          .failure(
              new ServiceException(
                  ErrorCode.UNAUTHENTICATED,
                  "Send an API key: 'Authorization: Bearer edg_...'. There is none, or it has another form."));
    }
    String federation = request.getUriInfo().getPathParameters().getFirst("federation");
    return verifier
        .verify(key.get())
        .emitOn(onRequestContext())
        .onItem()
        .transformToUni(found -> {
          if (found.isEmpty()) {
            failed(source);
            return Uni.createFrom()
                .failure(
                    new ServiceException(
                        ErrorCode.UNAUTHENTICATED, "The API key is unknown, expired or revoked."));
          }
          failures.succeeded(key.get());
          Optional<ServiceException> refusal = refuse(found.get(), needed, federation);
          AuditEvent event =
              new AuditEvent(
                  Optional.ofNullable(federation).filter(Names::isDnsLabel),
                  accessType(request.getMethod(), refusal.isPresent()),
                  found.get().keyId(),
                  Map.of(
                      "method", request.getMethod(),
                      "path", RecordedPath.of(resource, request.getUriInfo())));
          if (refusal.isPresent()) {
            accesses.recordRefusal(event);
            return Uni.createFrom().failure(refusal.get());
          }
          current.set(found.get());
          return admitted(federation)
              .onFailure(ApiKeyFilter::isRefusal)
              .invoke(() -> accesses.recordRefusal(refused(event)))
              .chain(() -> accesses.record(event))
              .emitOn(onRequestContext())
              .replaceWith(Uni.createFrom().nullItem());
        });
  }

  /** What belongs to the request, its span for example, is found only on its own Vert.x context. */
  private static Executor onRequestContext() {
    Context context = Vertx.currentContext();
    return context == null ? Runnable::run : task -> context.runOnContext(resumed -> task.run());
  }

  private Uni<Void> admitted(@Nullable String federation) {
    return federation == null || !Names.isDnsLabel(federation)
        ? Uni.createFrom().voidItem()
        : gate.admit(federation);
  }

  private static boolean isRefusal(Throwable failure) {
    return failure instanceof ServiceException refused
        && refused.code() == ErrorCode.REGION_REFUSED;
  }

  private static AuditEvent refused(AuditEvent event) {
    Map<String, String> data = new HashMap<>(event.data());
    data.put("reason", ErrorCode.REGION_REFUSED.id());
    return new AuditEvent(event.federation(), "access.refused", event.actor(), data);
  }

  private void failed(String source) {
    failures.failed(source);
    accesses.recordRefusal(
        new AuditEvent(
            Optional.empty(), "authentication.failed", "unknown", Map.of("credential", "api_key")));
  }

  private static String accessType(String method, boolean refused) {
    if (refused) {
      return "access.refused";
    }
    return method.equals("GET") || method.equals("HEAD") ? "access.read" : "access.write";
  }

  private static Optional<ServiceException> refuse(
      Principal principal, RequiresScope required, @Nullable String federation) {
    Scope scope = required.value();
    if (!scope.isGrantedBy(principal.scopes())) {
      return Optional.of(
          new ServiceException(
              ErrorCode.FORBIDDEN,
              "The API key lacks the scope '" + scope.name().toLowerCase(Locale.ROOT) + "'."));
    }
    // A key for one federation must not see what belongs to none or to another.
    if (principal.federation().isPresent()
        && !required.ofTheKeyItself()
        && !principal.federation().get().equals(federation)) {
      return Optional.of(
          new ServiceException(
              ErrorCode.FORBIDDEN,
              "The API key is good for the federation '"
                  + principal.federation().get()
                  + "' only."));
    }
    return Optional.empty();
  }

  private static Optional<String> bearerKey(@Nullable String header) {
    if (header == null || header.length() > MAX_KEY_LENGTH) {
      return Optional.empty();
    }
    if (!header.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
      return Optional.empty();
    }
    String key = header.substring(SCHEME.length()).strip();
    return key.startsWith(PREFIX) ? Optional.of(key) : Optional.empty();
  }
}
