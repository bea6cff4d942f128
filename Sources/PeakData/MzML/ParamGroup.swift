/// What a referenceableParamGroup says, as few params: however long the group is, and whatever groups
/// it refers to, referring to it costs no more than one param for each term there is.
struct ParamGroup {
  private(set) var params: [Param] = []

  /// Takes the group's next param. Of several with the same term the one stays that a reader of them
  /// all would go by: the last kind of compression, and else the first.
  mutating func take(_ param: Param) {
    let isSame = { (other: Param) in other.term == param.term }
    switch param.term {
    case nil:
      if param.unknownCompression == nil { return }
      params.removeAll(where: isSame)
    case .numpressLinear, .numpressPic, .numpressSlof, .numpressLinearZlib, .numpressPicZlib,
      .numpressSlofZlib:
      params.removeAll(where: isSame)
    default:
      if params.contains(where: isSame) { return }
    }
    params.append(param)
  }
}
