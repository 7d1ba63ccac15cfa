package com.octomil.privacy.budget.rest.dashboard;

import com.octomil.privacy.budget.config.BudgetConfig;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Stands before the files of the dashboard: security headers, entity tags, where the other services
 * are, and the way there from {@code /}. The files themselves are static resources. Nothing here
 * needs a key: there is nothing secret in it, and the dashboard calls the API with the key of its
 * user. Thread-safe; runs on event loops.
 */
@ApplicationScoped
class DashboardFilter {

  private static final String HOME = "/dashboard/";
  private static final String CONFIGURATION = HOME + "config.json";
  private static final String RESOURCES = "META-INF/resources";
  private static final Pattern FILE = Pattern.compile("/dashboard/[A-Za-z0-9/._-]*[A-Za-z0-9]");

  /** After CORS, before everything that answers. */
  private static final int PRIORITY = 50;

  private static final int TAG_OCTETS = 16;

  private final boolean enabled;
  private final Map<CharSequence, String> headers;
  private final String configuration;

  /** Files never change while the process runs. */
  private final Map<String, String> tags = new ConcurrentHashMap<>();

  DashboardFilter(BudgetConfig config) {
    enabled = config.dashboard().enabled();
    DashboardOrigins origins = DashboardOrigins.of(config.dashboard());
    headers =
        Map.of(
            "Content-Security-Policy", origins.policy(),
            "X-Content-Type-Options", "nosniff",
            "Referrer-Policy", "no-referrer",
            "Cross-Origin-Opener-Policy", "same-origin",
            "Cross-Origin-Resource-Policy", "same-origin",
            // Asked for again each time, and answered with 304 while it is the same.
            "Cache-Control", "no-cache");
    configuration =
        new JsonObject()
            .put("aggregator_urls", new JsonArray(origins.aggregators()))
            .put("relay_urls", new JsonArray(origins.relays()))
            .encode();
  }

  void register(@Observes Filters filters) {
    filters.register(this::handle, PRIORITY);
  }

  private void handle(RoutingContext context) {
    String path = context.normalizedPath();
    boolean root = path.equals("/") || path.equals("/dashboard");
    if (!root && !path.startsWith(HOME) || !enabled && root) {
      context.next();
      return;
    }
    if (!enabled) {
      context.response().setStatusCode(404).end();
      return;
    }
    if (!reads(context.request().method())) {
      context.next();
      return;
    }
    HttpServerResponse response = context.response();
    if (root) {
      response.setStatusCode(302).putHeader(HttpHeaders.LOCATION, HOME).end();
      return;
    }
    headers.forEach(response::putHeader);
    if (path.equals(CONFIGURATION)) {
      response.putHeader(HttpHeaders.CONTENT_TYPE, "application/json").end(configuration);
      return;
    }
    tag(path.equals(HOME) ? HOME + "index.html" : path)
        .ifPresent(tag -> response.putHeader(HttpHeaders.ETAG, tag));
    if (context.isFresh()) {
      response.setStatusCode(304).end();
      return;
    }
    context.next();
  }

  private static boolean reads(HttpMethod method) {
    return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
  }

  /** The entity tag of a file; empty if there is none of that name. */
  private Optional<String> tag(String path) {
    String known = tags.get(path);
    if (known != null) {
      return Optional.of(known);
    }
    if (!FILE.matcher(path).matches()) {
      return Optional.empty();
    }
    try (InputStream file =
        Thread.currentThread().getContextClassLoader().getResourceAsStream(RESOURCES + path)) {
      if (file == null) {
        return Optional.empty();
      }
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(file.readAllBytes());
      String tag = '"' + HexFormat.of().formatHex(digest, 0, TAG_OCTETS) + '"';
      tags.put(path, tag);
      return Optional.of(tag);
    } catch (IOException e) {
      throw new UncheckedIOException(path, e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
