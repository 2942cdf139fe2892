//! etiqueta
fn main() {}
