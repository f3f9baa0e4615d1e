pub fn run(_: &str) -> Result<(), Box<dyn std::error::Error>> { Ok(()) }
pub fn subscribe(_: &str, _: impl FnMut(&str, &str)) -> Result<(), Box<dyn std::error::Error>> { Ok(()) }
