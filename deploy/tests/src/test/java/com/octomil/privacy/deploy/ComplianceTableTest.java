package com.octomil.privacy.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/COMPLIANCE.md names what is there: tests, clauses and types of events. */
class ComplianceTableTest {

  private static final Path HOME = Path.of(System.getProperty("octomil.home")).normalize();
  private static final Pattern TEST = Pattern.compile("`([A-Z]\\w+(?:Test|IT))(?:\\.(\\w+))?`");
  private static final Pattern TYPE = Pattern.compile("'([a-z]+(?:-[a-z]+)*)\\.([a-z-]+)'");
  private static final Pattern CLAUSE =
      Pattern.compile("^  ([A-Z]+_[A-Z_]+)\\($", Pattern.MULTILINE);

  private static String document() throws IOException {
    return Files.readString(HOME.resolve("docs/COMPLIANCE.md"));
  }

  private static List<Path> files(String suffix) throws IOException {
    try (Stream<Path> all = Files.walk(HOME)) {
      return all.filter(path -> path.toString().endsWith(suffix))
          .filter(path -> !path.toString().contains("/target/"))
          .toList();
    }
  }

  @Test
  void everyTestThatIsNamedExists() throws IOException {
    Map<String, List<String>> sources = new HashMap<>();
    for (Path path : files(".java")) {
      if (path.toString().contains("/src/test/")) {
        String name = String.valueOf(path.getFileName()).replace(".java", "");
        sources.computeIfAbsent(name, absent -> new ArrayList<>()).add(Files.readString(path));
      }
    }
    Matcher named = TEST.matcher(document());
    int count = 0;
    while (named.find()) {
      count++;
      String method = named.group(2);
      assertThat(sources).containsKey(named.group(1));
      if (method != null) {
        assertThat(sources.get(named.group(1)))
            .as(named.group())
            .anyMatch(source -> source.contains("void " + method + "("));
      }
    }
    assertThat(count).isGreaterThan(20);
  }

  @Test
  void everyClauseIsListed() throws IOException {
    Path clauses =
        HOME.resolve("budget-service/src/main/java/com/octomil/privacy/budget/domain/Clause.java");
    String document = document();
    Matcher constant = CLAUSE.matcher(Files.readString(clauses));
    int count = 0;
    while (constant.find()) {
      count++;
      assertThat(document)
          .contains("`" + constant.group(1).toLowerCase(Locale.ROOT).replace('_', '-') + "`");
    }
    assertThat(count).isGreaterThanOrEqualTo(11);
  }

  @Test
  void everyTypeOfEventIsListed() throws IOException {
    String document = document();
    Set<String> missing = new TreeSet<>();
    int count = 0;
    for (Path path : files(".sql")) {
      Matcher type = TYPE.matcher(Files.readString(path));
      while (type.find()) {
        count++;
        boolean whole = document.contains("`" + type.group(1) + "." + type.group(2) + "`");
        boolean shortened =
            document.contains("`" + type.group(1) + ".")
                && document.contains("`." + type.group(2) + "`");
        if (!whole && !shortened) {
          missing.add(type.group(1) + "." + type.group(2));
        }
      }
    }
    assertThat(count).isGreaterThan(15);
    assertThat(missing).isEmpty();
  }
}
