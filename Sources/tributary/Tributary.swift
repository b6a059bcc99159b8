import AgentOperators
import Console
import Operations
import StreamDSL

/// The command-line tool.
@main struct Tributary {
    static func main() async {
        let tree = CommandTree(
            name: "tributary", summary: "topics, state, agents, schemas and configuration of Tributary applications",
            version: "0.1.0",
            examples: [
                Command.Example(
                    "topics produce reviews --data-dir ./data --file reviews.jsonl --key-field product", "records in"),
                Command.Example(
                    "topics consume reviews --data-dir ./data --from beginning --exit-at-end -J", "records out"),
                Command.Example(
                    "stores scan sentiment/totals-per-product --data-dir ./data", "state, while it changes"),
            ],
            options: ConfigurationOptions.all,
            commands: [
                TopicCommands.command, StoreCommands.command, TopologyCommands.command, AppCommands.command,
                GroupCommands.command, DeadLetterCommands.command, HealthCommand.command, MetricsCommand.command,
                ConfigCommands.command(showing: ApplicationSettings.all),
                SchemaCommands.command,
            ] + AgentOperatorCommands.all,
            settings: ConfigurationOptions.source,
            translate: ErrorTranslation.translate)
        await tree.main()
    }
}
