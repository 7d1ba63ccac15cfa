package com.octomil.privacy.budget.rest.audit;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.octomil.privacy.audit.Checkpoint;
import com.octomil.privacy.audit.ExportVerifier;
import com.octomil.privacy.audit.LogKey;
import com.octomil.privacy.budget.domain.audit.StoredEntry;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** JSON of the audit log. */
public final class AuditViews {

  private AuditViews() {}

  /** A page of entries, oldest first. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @Schema(name = "AuditEntries")
  @RegisterForReflection
  public record EntriesView(
      List<EntryView> entries,
      @Schema(description = "Pass as 'after' to get the next page; absent on the last one.")
          @Nullable Long nextAfter) {

    static EntriesView of(List<StoredEntry> page, int limit) {
      return new EntriesView(
          page.stream().map(EntryView::of).toList(),
          page.size() == limit ? page.getLast().sequence() : null);
    }
  }

  /** One entry. */
  @Schema(name = "AuditEntry")
  @RegisterForReflection
  public record EntryView(
      @Schema(
              description = "The entry as it is hashed (RFC 8785).",
              type = org.eclipse.microprofile.openapi.annotations.enums.SchemaType.OBJECT)
          @JsonRawValue
          String entry,
      @Schema(description = "Hash of the chain after it, hexadecimal.") String hash) {

    static EntryView of(StoredEntry entry) {
      return new EntryView(entry.canonical(), HexFormat.of().formatHex(entry.hash()));
    }
  }

  /** All checkpoints. */
  @Schema(name = "AuditCheckpoints")
  @RegisterForReflection
  public record CheckpointsView(List<CheckpointView> checkpoints) {}

  /** A checkpoint. */
  @Schema(name = "AuditCheckpoint")
  @RegisterForReflection
  public record CheckpointView(
      @Schema(
              description = "The statement as it is signed (RFC 8785).",
              type = org.eclipse.microprofile.openapi.annotations.enums.SchemaType.OBJECT)
          @JsonRawValue
          String checkpoint,
      @Schema(description = "Ed25519 over the statement, base64.") String signature) {

    static CheckpointView of(Checkpoint checkpoint) {
      return new CheckpointView(
          checkpoint.statement(), Base64.getEncoder().encodeToString(checkpoint.signature()));
    }
  }

  /** What a verification found. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @Schema(name = "AuditVerification")
  @RegisterForReflection
  public record VerificationView(
      boolean intact,
      @Schema(description = "Number of entries.") long entries,
      @Schema(description = "Number of checkpoints that hold.") long checkpoints,
      @Schema(description = "First entry that may be wrong.") @Nullable Long firstWrong,
      @Schema(description = "Last entry that may be.") @Nullable Long lastWrong,
      @Schema(description = "What is wrong.") @Nullable String defect) {

    static VerificationView of(ExportVerifier.Result result) {
      return new VerificationView(
          result.defect().isEmpty(),
          result.entries(),
          result.checkpoints(),
          result.defect().flatMap(ExportVerifier.Defect::firstWrong).orElse(null),
          result.defect().flatMap(ExportVerifier.Defect::lastWrong).orElse(null),
          result.defect().map(ExportVerifier.Defect::message).orElse(null));
    }
  }

  /** Keys of the log. */
  @Schema(name = "AuditKeys")
  @RegisterForReflection
  public record KeysView(List<KeyView> keys) {}

  /** A key of the log. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @Schema(name = "AuditKey")
  @RegisterForReflection
  public record KeyView(
      String id,
      @Schema(description = "Ed25519 public key in PEM.") String pem,
      Instant since,
      @Schema(description = "Whether checkpoints are signed with it now.") boolean current,
      @Schema(description = "Earlier key that vouches for it; absent: none does.")
          @Nullable String vouchedForBy) {

    static KeyView of(LogKey key, String currentId) {
      return new KeyView(
          key.key().id(),
          key.key().pem(),
          key.since(),
          key.key().id().equals(currentId),
          key.handover().map(LogKey.Handover::by).orElse(null));
    }
  }
}
