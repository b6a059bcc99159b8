public import ChatModels
public import Configuration
import Foundation
import Operations

extension OpenAIChatModel {
    /// The model `name` of the configuration's section `models`.
    ///
    /// - Throws: ``ConfigurationError`` when there is none of that name, or its address is none.
    public init(_ name: String, in settings: Settings) throws(ConfigurationError) {
        let model = try settings.model(name)
        guard let url = URL(string: model.url), ["http", "https"].contains(url.scheme?.lowercased()) else {
            throw ConfigurationError(
                "'models.\(name).url' is no http or https address",
                at: settings.node(at: SettingPath(["models", name, "url"]))?.origin)
        }
        var options = OpenAIEndpoint.Options()
        if let timeout = model.timeout { options.timeout = timeout }
        self.init(
            model.model,
            at: OpenAIEndpoint(url, key: model.apiKey.map { APIKey($0.reveal()) }, options: options))
    }
}
