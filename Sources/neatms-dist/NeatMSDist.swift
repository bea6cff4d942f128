import ArgumentParser
@main struct NeatMSDist: ParsableCommand { static let configuration = CommandConfiguration(commandName: "neatms-dist") }
