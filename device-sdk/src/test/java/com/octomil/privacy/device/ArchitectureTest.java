package com.octomil.privacy.device;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.security.SecureRandom;

/** The device part runs on phones: no Quarkus, gRPC behind the port, no cycles. */
@AnalyzeClasses(
    packages = "com.octomil.privacy",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String DEVICE = "com.octomil.privacy.device..";
  private static final String GRPC = "com.octomil.privacy.device.grpc..";

  @ArchTest
  static final ArchRule noQuarkus =
      noClasses()
          .that()
          .resideInAnyPackage(DEVICE, "com.octomil.privacy.federation..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.quarkus..", "jakarta..", "io.smallrye..", "io.vertx..");

  @ArchTest
  static final ArchRule grpcStaysBehindThePort =
      noClasses()
          .that()
          .resideInAPackage(DEVICE)
          .and()
          .resideOutsideOfPackage(GRPC)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              GRPC, "io.grpc..", "com.google.protobuf..", "com.octomil.privacy.proto..");

  @ArchTest
  static final ArchRule devicesNeedNothingThatPhonesLack =
      noClasses()
          .that()
          .resideInAPackage(DEVICE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "java.net.http..", "com.fasterxml..", "com.octomil.privacy.federation..");

  @ArchTest
  static final ArchRule noCycles =
      slices().matching("com.octomil.privacy.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule noCyclesWithinTheDevice =
      slices().matching("com.octomil.privacy.device.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule partsDoNotKnowTheSession =
      noClasses()
          .that()
          .resideInAnyPackage(
              "com.octomil.privacy.device.transport..",
              "com.octomil.privacy.device.state..",
              "com.octomil.privacy.device.grpc..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.octomil.privacy.device");

  @ArchTest
  static final ArchRule noStaticRandomness =
      fields().that().areStatic().should().notHaveRawType(SecureRandom.class);
}
