import StreamCore
import Testing

@testable import Observability

@Suite("OTLPSettings")
struct OTLPSettingsTests {
    @Test("nothing is exported without an endpoint, or when that is said")
    func off() throws {
        #expect(try OTLPSettings(environment: [:]) == nil)
        let endpoint = ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"]
        #expect(try OTLPSettings(environment: endpoint.merging(["OTEL_SDK_DISABLED": "TRUE"]) { $1 }) == nil)
        #expect(try OTLPSettings(environment: endpoint.merging(["OTEL_TRACES_EXPORTER": "none"]) { $1 }) == nil)
    }

    @Test("OpenTelemetry's variables are understood")
    func variables() throws {
        let settings = try #require(
            try OTLPSettings(environment: [
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318/", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
                "OTEL_EXPORTER_OTLP_HEADERS": "x-key=a%20b, other = c=d,broken", "OTEL_SERVICE_NAME": "mine",
                "OTEL_RESOURCE_ATTRIBUTES": "service.name=no,deployment.environment=test",
                "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.25",
                "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true", "OTEL_BSP_MAX_QUEUE_SIZE": "7",
            ]))
        #expect(settings.endpoint == "http://localhost:4318/v1/traces")
        #expect(settings.encoding == .json)
        #expect(settings.headers == ["x-key": "a b", "other": "c=d"])
        #expect(settings.resource == ["service.name": "mine", "deployment.environment": "test"])
        #expect(settings.ratio == 0.25)
        #expect(settings.capturesContent)
        #expect(settings.queueLimit == 7)
        let whole = try OTLPSettings(environment: ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://c/x"])
        #expect(whole?.endpoint == "https://c/x")
        #expect(whole?.encoding == .protobuf)
        #expect(whole?.ratio == 0)
        #expect(whole?.capturesContent == false)
    }

    @Test(
        "what makes no sense says which variable",
        arguments: [
            ["OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4318"], ["OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"],
            ["OTEL_TRACES_SAMPLER": "sometimes"],
            ["OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "7"],
            ["OTEL_BSP_MAX_QUEUE_SIZE": "-1"],
        ])
    func malformed(environment: [String: String]) throws {
        let all = ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"].merging(environment) { $1 }
        let error = #expect(throws: OTLPSettingsError.self) { try OTLPSettings(environment: all) }
        #expect(environment.keys.contains(error?.variable ?? ""))
    }
}
