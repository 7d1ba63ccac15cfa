package com.octomil.privacy.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Keeps the arrows between the packages of the command line. */
@AnalyzeClasses(
    packages = "com.octomil.privacy.cli",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule NO_CIRCLES =
      slices().matching("com.octomil.privacy.cli.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule COMMANDS_DO_NOT_KNOW_THE_ROOT =
      noClasses()
          .that()
          .resideInAPackage("com.octomil.privacy.cli.*..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.octomil.privacy.cli");

  @ArchTest
  static final ArchRule STACK_KNOWS_PROCESSES_ONLY =
      noClasses()
          .that()
          .resideInAPackage("com.octomil.privacy.cli.stack..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("com.octomil.privacy.device..", "picocli..");

  @ArchTest
  static final ArchRule NO_WEAK_RANDOMNESS =
      noClasses().should().dependOnClassesThat().haveFullyQualifiedName("java.util.Random");
}
