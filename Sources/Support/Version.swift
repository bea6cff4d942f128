/// The version of every tool of the package.
public let packageVersion = "0.1.0"
