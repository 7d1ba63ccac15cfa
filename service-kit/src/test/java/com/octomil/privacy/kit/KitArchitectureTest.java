package com.octomil.privacy.kit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
    packages = "com.octomil.privacy.kit",
    importOptions = ImportOption.DoNotIncludeTests.class)
class KitArchitectureTest {

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("com.octomil.privacy.kit.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule theKitKnowsNoService =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "com.octomil.privacy.budget..",
              "com.octomil.privacy.relay..",
              "com.octomil.privacy.aggregator..",
              "com.octomil.privacy.secagg..",
              "com.octomil.privacy.dp..");
}
