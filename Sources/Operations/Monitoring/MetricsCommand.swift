public import Console
import StreamCore
import Topology

/// The verb `metrics`: what applications measure, by their monitors.
public enum MetricsCommand {
    private static let filter = Parameter.option(
        "filter", ValueFormat<String>.text.named("REGEX"), help: "samples whose name and labels match this only")

    /// `metrics`.
    public static let command = Command(
        "metrics", summary: "what applications measure, in Prometheus' text format",
        details: """
            As the monitors give it (run --monitor PORT); of several instances one after the other, each below a comment. With \
            -o json, jsonl, csv a row for each sample.
            """,
        examples: [
            Command.Example("metrics --data-dir ./data", "all"),
            Command.Example("metrics sentiment --filter 'lag|restore' --data-dir ./data", "some of one application"),
            Command.Example("metrics --url http://127.0.0.1:8080 -J", "as lines of JSON"),
        ],
        arguments: [HealthCommand.application],
        options: LogOptions.all + [HealthCommand.url, HealthCommand.timeout, filter]
    ) { invocation in
        let client = MonitorClient(timeout: try invocation[HealthCommand.timeout])
        let pattern = try pattern(invocation)
        let pages = try await pages(client, invocation)
        guard !invocation.style.isTable else {
            for (place, text) in pages {
                if pages.count > 1 { try invocation.output.write("# \(place)\n") }
                try invocation.output.write(MetricsText.filtered(text, by: pattern))
            }
            return try invocation.output.flush()
        }
        let rows = invocation.rows([Column("name"), Column("value", .right), Column("labels"), Column("instance")])
        for (place, text) in pages {
            for sample in MetricsText.samples(text) where sample.matches(pattern) {
                try rows.write(sample.row(of: place))
            }
        }
        try rows.finish()
    }

    private static func pattern(_ invocation: Invocation) throws -> Regex<AnyRegexOutput>? {
        guard let text = try invocation[filter] else { return nil }
        do { return try Regex(text) } catch {
            throw CommandError.usage("--filter is no regular expression: \(error)")
        }
    }

    private static func pages(
        _ client: MonitorClient, _ invocation: Invocation
    ) async throws -> [(place: String, text: String)] {
        if let url = try invocation[HealthCommand.url] { return [(url, try await read(client, url))] }
        let name = try invocation[HealthCommand.application]
        let now = SystemWallClock().now()
        let running = try MonitoredInstance.all(invocation, application: name).filter { $0.status.isFresh(at: now) }
        let places = running.compactMap { instance in
            instance.address.map { (name: "\(instance.application) \(instance.status.instance)", address: $0) }
        }
        guard !places.isEmpty else {
            let who = name.map { "instance of '\($0)'" } ?? "application"
            throw CommandError(
                .notFound, running.isEmpty ? "no \(who) runs" : "no \(who) that runs has a monitor",
                hint: "start it with --monitor PORT", kind: running.isEmpty ? "notRunning" : "noMonitor")
        }
        var pages: [(place: String, text: String)] = []
        for place in places { pages.append((place.name, try await read(client, place.address))) }
        return pages
    }

    private static func read(_ client: MonitorClient, _ base: String) async throws -> String {
        let page = try await client.get(base, "/metrics")
        guard page.status == 200 else {
            throw CommandError(
                .failure, "what \(base)/metrics answers is no monitor's page (HTTP \(page.status))",
                hint: "is it the address of an application's --monitor?", kind: "noMonitor")
        }
        return page.body
    }
}

/// Prometheus' text format, as far as it is read here.
enum MetricsText {
    /// A measured value.
    struct Sample {
        let name: String
        /// What stands in braces, as it is.
        let labels: String
        let value: String

        func matches(_ pattern: Regex<AnyRegexOutput>?) -> Bool {
            guard let pattern else { return true }
            return "\(name)\(labels)".firstMatch(of: pattern) != nil
        }

        func row(of instance: String) -> JSONValue {
            let number = Int64(value).map { JSONValue.integer($0) } ?? Double(value).map { .double($0) }
            return [
                "name": .string(name), "value": number ?? .string(value), "labels": MetricsText.labels(labels),
                "instance": .string(instance),
            ]
        }
    }

    /// The lines of `text` that are samples which match, and what is said about their metrics.
    static func filtered(_ text: String, by pattern: Regex<AnyRegexOutput>?) -> String {
        guard let pattern else { return text }
        var result = ""
        var heads: [Substring] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("#") {
                if line.hasPrefix("# HELP") { heads = [] }
                heads.append(line)
            } else if let sample = sample(line), sample.matches(pattern) {
                for head in heads { result += head + "\n" }
                heads = []
                result += line + "\n"
            }
        }
        return result
    }

    static func samples(_ text: String) -> [Sample] { text.split(separator: "\n").compactMap(sample) }

    private static func sample(_ line: Substring) -> Sample? {
        guard !line.hasPrefix("#") else { return nil }
        let name = line.prefix { $0 != "{" && $0 != " " }
        var rest = line.dropFirst(name.count)
        var labels = ""
        if rest.first == "{" {
            guard let end = end(ofLabels: rest) else { return nil }
            labels = String(rest[..<end])
            rest = rest[end...]
        }
        guard !name.isEmpty, let value = rest.split(separator: " ").first else { return nil }
        return Sample(name: String(name), labels: labels, value: String(value))
    }

    /// Where the braces end; those in quotes do not count.
    private static func end(ofLabels text: Substring) -> Substring.Index? {
        var isQuoted = false
        var isEscaped = false
        for index in text.indices {
            let character = text[index]
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if character == "}", !isQuoted {
                return text.index(after: index)
            }
        }
        return nil
    }

    /// `{a="b",c="d"}` as an object.
    private static func labels(_ text: String) -> JSONValue {
        var members: [JSONMember] = []
        var rest = text.dropFirst().dropLast()
        while let equals = rest.firstIndex(of: "=") {
            let name = rest[..<equals].drop { $0 == "," || $0 == " " }
            rest = rest[rest.index(after: equals)...].dropFirst()
            var value = ""
            while let character = rest.popFirst(), character != "\"" {
                guard character == "\\", let next = rest.popFirst() else {
                    value.append(character)
                    continue
                }
                value.append(next == "n" ? "\n" : next)
            }
            members.append(JSONMember(String(name), .string(value)))
        }
        return members.isEmpty ? .null : .object(members)
    }
}
