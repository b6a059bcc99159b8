import Foundation

/// Where spans are sent and how, as OpenTelemetry's environment variables say it.
public struct OTLPSettings: Sendable, Hashable {
    /// How spans are written.
    public enum Encoding: String, Sendable, Hashable {
        /// Protocol Buffers.
        case protobuf = "http/protobuf"
        /// JSON.
        case json = "http/json"
    }

    /// The address for traces, whole.
    public var endpoint: String
    /// How spans are written.
    public var encoding: Encoding
    /// What is sent along, such as keys; never shown.
    public var headers: [String: String]
    /// Who speaks: `service.name` and what else is known.
    public var resource: [String: String]
    /// Which share of the records without a trace begin one.
    public var ratio: Double
    /// Whether traces that others began are continued.
    public var followsParents: Bool
    /// Whether spans may hold what models and tools were told and said.
    public var capturesContent: Bool
    /// How many spans may wait to be sent.
    public var queueLimit: Int
    /// How many spans are sent at once.
    public var batchLimit: Int
    /// How long a span waits for others at most.
    public var delay: Duration
    /// How long one sending may take, and the last sending of all.
    public var timeout: Duration

    /// Settings for `endpoint`, the usual otherwise.
    public init(endpoint: String) {
        self.endpoint = endpoint
        encoding = .protobuf
        headers = [:]
        resource = [:]
        ratio = 0
        followsParents = true
        capturesContent = false
        queueLimit = 8_192
        batchLimit = 512
        delay = .seconds(1)
        timeout = .seconds(10)
    }

    /// The settings that `environment` holds; nil when it names no endpoint, or says that nothing is to be traced.
    ///
    /// - Throws: ``OTLPSettingsError``: which variable is malformed, and how it is to be.
    public init?(environment: [String: String]) throws(OTLPSettingsError) {
        func value(_ names: String...) -> String? {
            for name in names {
                if let value = environment[name]?.trimmingCharacters(in: .whitespaces), !value.isEmpty { return value }
            }
            return nil
        }
        guard value("OTEL_SDK_DISABLED")?.lowercased() != "true", value("OTEL_TRACES_EXPORTER") != "none" else {
            return nil
        }
        if let whole = value("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") {
            self.init(endpoint: whole)
        } else if let base = value("OTEL_EXPORTER_OTLP_ENDPOINT") {
            self.init(endpoint: base + (base.hasSuffix("/") ? "v1/traces" : "/v1/traces"))
        } else {
            return nil
        }
        guard let address = URL(string: endpoint), ["http", "https"].contains(address.scheme), address.host() != nil
        else {
            throw OTLPSettingsError(
                "OTEL_EXPORTER_OTLP_ENDPOINT", "must be an address such as http://localhost:4318, not '\(endpoint)'")
        }
        if let name = value("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL") {
            guard let known = Encoding(rawValue: name) else {
                throw OTLPSettingsError(
                    "OTEL_EXPORTER_OTLP_PROTOCOL", "must be http/protobuf or http/json, not '\(name)'")
            }
            encoding = known
        }
        headers = Self.pairs(value("OTEL_EXPORTER_OTLP_HEADERS"))
        headers.merge(Self.pairs(value("OTEL_EXPORTER_OTLP_TRACES_HEADERS"))) { $1 }
        resource = Self.pairs(value("OTEL_RESOURCE_ATTRIBUTES"))
        if let name = value("OTEL_SERVICE_NAME") { resource["service.name"] = name }
        capturesContent = ["true", "1"].contains(
            value("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT")?.lowercased() ?? "")
        try readSampler(value("OTEL_TRACES_SAMPLER"), value("OTEL_TRACES_SAMPLER_ARG"))
        if let limit = value("OTEL_BSP_MAX_QUEUE_SIZE") {
            queueLimit = try Self.count(limit, "OTEL_BSP_MAX_QUEUE_SIZE")
        }
        if let limit = value("OTEL_BSP_MAX_EXPORT_BATCH_SIZE") {
            batchLimit = try Self.count(limit, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE")
        }
        if let delay = value("OTEL_BSP_SCHEDULE_DELAY") {
            self.delay = .milliseconds(try Self.count(delay, "OTEL_BSP_SCHEDULE_DELAY"))
        }
        if let timeout = value("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT") {
            self.timeout = .milliseconds(try Self.count(timeout, "OTEL_EXPORTER_OTLP_TIMEOUT"))
        }
    }

    private mutating func readSampler(_ name: String?, _ argument: String?) throws(OTLPSettingsError) {
        guard let name else { return }
        switch name {
        case "always_on", "parentbased_always_on": ratio = 1
        case "always_off", "parentbased_always_off": ratio = 0
        case "traceidratio", "parentbased_traceidratio":
            guard let share = Double(argument ?? "1"), (0...1).contains(share) else {
                throw OTLPSettingsError("OTEL_TRACES_SAMPLER_ARG", "must be between 0 and 1, not '\(argument ?? "")'")
            }
            ratio = share
        default:
            throw OTLPSettingsError(
                "OTEL_TRACES_SAMPLER",
                "must be always_on, always_off or traceidratio, or one of them after "
                    + "parentbased_, not '\(name)'")
        }
        if name == "always_off" { followsParents = false }
    }

    private static func count(_ text: String, _ name: String) throws(OTLPSettingsError) -> Int {
        guard let count = Int(text), (1...10_000_000).contains(count) else {
            throw OTLPSettingsError(name, "must be a whole number above 0, not '\(text)'")
        }
        return count
    }

    /// `a=1,b=2`, values percent-encoded; what is no pair is left out, as the specification wants.
    private static func pairs(_ text: String?) -> [String: String] {
        var pairs: [String: String] = [:]
        for part in (text ?? "").split(separator: ",") {
            guard let equals = part.firstIndex(of: "=") else { continue }
            let name = part[..<equals].trimmingCharacters(in: .whitespaces)
            let value = part[part.index(after: equals)...].trimmingCharacters(in: .whitespaces)
            if !name.isEmpty { pairs[name] = value.removingPercentEncoding ?? value }
        }
        return pairs
    }
}

/// A variable of the environment that makes no sense.
public struct OTLPSettingsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Which one.
    public let variable: String
    /// What is wrong with it: completes the sentence that starts with its name.
    public let problem: String

    init(_ variable: String, _ problem: String) {
        self.variable = variable
        self.problem = problem
    }

    /// For example `OTEL_TRACES_SAMPLER_ARG must be between 0 and 1, not '7'`.
    public var description: String { "\(variable) \(problem)" }
}
