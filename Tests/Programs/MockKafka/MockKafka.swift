import MockBrokers

/// Mock brokers for tests and for trying things out: `MockKafka [--brokers N] topic:partitions …`.
@main enum MockKafka {
    static func main() { MockBrokers.serve(Array(CommandLine.arguments.dropFirst())) }
}
