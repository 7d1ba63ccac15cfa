package com.octomil.privacy.aggregator;

import com.octomil.privacy.aggregator.fleet.PeersResource;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.RestReference;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** docs/reference/rest-aggregator.md is what the service's OpenAPI document says. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
class RestReferenceTest {

  @Test
  void theReferenceIsWhatTheOpenApiDocumentSays() throws IOException {
    RestReference.check("aggregator", RestReferenceTest.class);
  }
}
