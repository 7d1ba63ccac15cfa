package com.octomil.privacy.budget.rest;

import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.RestReference;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** docs/reference/rest-budget.md is what the service's OpenAPI document says. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class RestReferenceTest {

  @Test
  void theReferenceIsWhatTheOpenApiDocumentSays() throws IOException {
    RestReference.check("budget", RestReferenceTest.class);
  }
}
