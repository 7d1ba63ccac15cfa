package com.octomil.privacy.kit.error;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.docs.GeneratedDocument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/reference/problem-types.md is what the code says. */
class ProblemTypesReferenceTest {

  private static final Path SOURCE =
      Path.of("src/main/java/com/octomil/privacy/kit/error/ErrorCode.java");
  private static final Pattern CONSTANT =
      Pattern.compile("/\\*\\*((?:(?!\\*/).)*)\\*/\\s*([A-Z_]+)\\(", Pattern.DOTALL);
  private static final GeneratedDocument DOCUMENT =
      new GeneratedDocument(
          "docs/reference/problem-types.md", "service-kit", ProblemTypesReferenceTest.class);

  private static Map<String, String> meanings() throws IOException {
    Map<String, String> meanings = new HashMap<>();
    Matcher constant = CONSTANT.matcher(Files.readString(SOURCE));
    while (constant.find()) {
      meanings.put(
          constant.group(2), GeneratedDocument.cell(constant.group(1).replaceAll("\n\\s*\\*", "")));
    }
    return meanings;
  }

  @Test
  void theReferenceIsWhatTheCodeSays() throws IOException {
    Map<String, String> meanings = meanings();
    StringBuilder text =
        new StringBuilder(
            """
            Every error of the REST interfaces is a problem document (RFC 9457), `application/problem+json`:

            | field | |
            |---|---|
            | `type` | `urn:octomil:problem:` and one of the names below; programs switch on it |
            | `title` | the same for every occurrence of a type |
            | `status` | the HTTP status |
            | `detail` | a sentence for people about this occurrence |
            | `instance` | the path of the request |
            | `errors` | where fields are wrong: for each its `field`, the `value` that was sent, and a `message` with what would be accepted |

            An answer to a request that may succeed later has `Retry-After`, in seconds. Over gRPC an error is a status with
            `google.rpc.ErrorInfo` of the domain `privacy.octomil.com`, whose reason is the name in the same form as here;
            `google.rpc.BadRequest` names wrong fields, `google.rpc.RetryInfo` says when to try again. What to do about each:
            [TROUBLESHOOTING.md](../TROUBLESHOOTING.md).
            """);
    for (ErrorCode code : ErrorCode.values()) {
      assertThat(meanings).containsKey(code.name());
      text.append("\n## ").append(code.id()).append("\n\n");
      text.append(meanings.get(code.name())).append("\n\n");
      text.append(
          "| type | title | HTTP | gRPC | the same request again |\n|---|---|---|---|---|\n");
      text.append(
          "| `urn:octomil:problem:%s` | %s | %d | `%s` | %s |\n"
              .formatted(code.id(), code.title(), code.httpStatus(), code.grpcCode(), again(code)));
    }
    DOCUMENT.check("Problem types", text.toString());
  }

  private static String again(ErrorCode code) {
    if (code == ErrorCode.OUTCOME_UNKNOWN) {
      return "only after reading the state";
    }
    return code.retryable() ? "may succeed, after `Retry-After`" : "fails while nothing changes";
  }
}
