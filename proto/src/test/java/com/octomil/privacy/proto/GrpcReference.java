package com.octomil.privacy.proto;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.DescriptorProtos.SourceCodeInfo.Location;
import com.octomil.privacy.docs.GeneratedDocument;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes the contracts as Markdown: services, messages and enumerations with their comments. */
final class GrpcReference {

  private final List<FileDescriptorProto> files;
  private final StringBuilder text = new StringBuilder();
  private final List<String> uncommented = new ArrayList<>();

  GrpcReference(List<FileDescriptorProto> files) {
    this.files =
        files.stream()
            .filter(file -> file.getPackage().startsWith("octomil."))
            .sorted((a, b) -> a.getName().compareTo(b.getName()))
            .toList();
  }

  /** Services and calls without a comment, after {@link #write}. */
  List<String> uncommented() {
    return List.copyOf(uncommented);
  }

  /** Names of all messages and enumerations; each is a heading and must be there once. */
  List<String> headings() {
    List<String> names = new ArrayList<>();
    for (FileDescriptorProto file : files) {
      file.getMessageTypeList().forEach(message -> names.add(message.getName()));
      file.getEnumTypeList().forEach(type -> names.add(type.getName()));
      file.getServiceList().forEach(service -> names.add(service.getName()));
    }
    return names;
  }

  String write() {
    text.append(
        """
        The contracts between devices and services, from the files in [proto](../../proto/src/main/proto/octomil). In what order a
        device calls, and every byte that is hashed or signed: [PROTOCOL.md](../PROTOCOL.md). Errors are a status with
        `google.rpc.ErrorInfo`, whose reason is one of the [problem types](problem-types.md); expected outcomes are part of the answer.

        | service | package | calls |
        |---|---|---|
        """);
    for (FileDescriptorProto file : files) {
      for (ServiceDescriptorProto service : file.getServiceList()) {
        text.append("| ")
            .append(link(service.getName()))
            .append(" | `")
            .append(file.getPackage())
            .append("` | ")
            .append(
                String.join(
                    ", ",
                    service.getMethodList().stream().map(MethodDescriptorProto::getName).toList()))
            .append(" |\n");
      }
    }
    for (FileDescriptorProto file : files) {
      write(file);
    }
    return text.toString();
  }

  private void write(FileDescriptorProto file) {
    Comments comments = new Comments(file);
    text.append("\n## ").append(file.getName()).append("\n\n");
    text.append("Package `").append(file.getPackage()).append("`.\n");
    paragraph(comments.of(FileDescriptorProto.SYNTAX_FIELD_NUMBER));
    for (int i = 0; i < file.getServiceCount(); i++) {
      write(file.getService(i), comments, i);
    }
    for (int i = 0; i < file.getMessageTypeCount(); i++) {
      write(file.getMessageType(i), comments, i);
    }
    for (int i = 0; i < file.getEnumTypeCount(); i++) {
      write(file.getEnumType(i), comments, i);
    }
  }

  private void write(ServiceDescriptorProto service, Comments comments, int index) {
    text.append("\n### ").append(service.getName()).append("\n");
    paragraph(comments.of(FileDescriptorProto.SERVICE_FIELD_NUMBER, index));
    text.append("\n| call | request | answer | |\n|---|---|---|---|\n");
    for (int i = 0; i < service.getMethodCount(); i++) {
      MethodDescriptorProto method = service.getMethod(i);
      String comment =
          comments.of(
              FileDescriptorProto.SERVICE_FIELD_NUMBER,
              index,
              ServiceDescriptorProto.METHOD_FIELD_NUMBER,
              i);
      if (comment.isEmpty()) {
        uncommented.add(service.getName() + "." + method.getName());
      }
      text.append(
          "| `%s` | %s%s | %s%s | %s |\n"
              .formatted(
                  method.getName(),
                  method.getClientStreaming() ? "stream of " : "",
                  type(method.getInputType()),
                  method.getServerStreaming() ? "stream of " : "",
                  type(method.getOutputType()),
                  GeneratedDocument.cell(comment)));
    }
  }

  private void write(DescriptorProto message, Comments comments, int index) {
    text.append("\n### ").append(message.getName()).append("\n");
    paragraph(comments.of(FileDescriptorProto.MESSAGE_TYPE_FIELD_NUMBER, index));
    if (message.getFieldCount() == 0) {
      text.append("\nHas no fields.\n");
      return;
    }
    text.append("\n| number | field | type | |\n|---|---|---|---|\n");
    for (int i = 0; i < message.getFieldCount(); i++) {
      FieldDescriptorProto field = message.getField(i);
      String comment =
          comments.of(
              FileDescriptorProto.MESSAGE_TYPE_FIELD_NUMBER,
              index,
              DescriptorProto.FIELD_FIELD_NUMBER,
              i);
      String choice =
          field.hasOneofIndex() && !field.getProto3Optional()
              ? "Choice `%s`. ".formatted(message.getOneofDecl(field.getOneofIndex()).getName())
              : "";
      text.append(
          "| %d | `%s` | %s%s | %s |\n"
              .formatted(
                  field.getNumber(),
                  field.getName(),
                  label(field),
                  type(field),
                  GeneratedDocument.cell(choice + comment)));
    }
  }

  private void write(EnumDescriptorProto type, Comments comments, int index) {
    text.append("\n### ").append(type.getName()).append("\n");
    paragraph(comments.of(FileDescriptorProto.ENUM_TYPE_FIELD_NUMBER, index));
    text.append("\n| number | value | |\n|---|---|---|\n");
    for (int i = 0; i < type.getValueCount(); i++) {
      EnumValueDescriptorProto value = type.getValue(i);
      text.append(
          "| %d | `%s` | %s |\n"
              .formatted(
                  value.getNumber(),
                  value.getName(),
                  GeneratedDocument.cell(
                      comments.of(
                          FileDescriptorProto.ENUM_TYPE_FIELD_NUMBER,
                          index,
                          EnumDescriptorProto.VALUE_FIELD_NUMBER,
                          i))));
    }
  }

  private void paragraph(String comment) {
    if (!comment.isEmpty()) {
      text.append("\n").append(comment).append("\n");
    }
  }

  private static String label(FieldDescriptorProto field) {
    if (field.getLabel() == FieldDescriptorProto.Label.LABEL_REPEATED) {
      return "list of ";
    }
    return field.getProto3Optional() ? "optional " : "";
  }

  private String type(FieldDescriptorProto field) {
    return field.hasTypeName()
        ? type(field.getTypeName())
        : field.getType().name().replace("TYPE_", "").toLowerCase(Locale.ROOT);
  }

  private String type(String qualified) {
    String simple = qualified.substring(qualified.lastIndexOf('.') + 1);
    return headings().contains(simple) ? link(simple) : "`" + qualified.substring(1) + "`";
  }

  private static String link(String heading) {
    return "[%s](#%s)".formatted(heading, heading.toLowerCase(Locale.ROOT));
  }

  /** Comments of a file by the path of what they belong to. */
  private static final class Comments {
    private final Map<List<Integer>, String> byPath = new HashMap<>();

    Comments(FileDescriptorProto file) {
      for (Location location : file.getSourceCodeInfo().getLocationList()) {
        String comment =
            location.getLeadingComments().isBlank()
                ? location.getTrailingComments()
                : location.getLeadingComments();
        byPath.put(location.getPathList(), comment.replaceAll("(?m)^ ", "").strip());
      }
    }

    String of(Integer... path) {
      return byPath.getOrDefault(List.of(path), "");
    }
  }
}
