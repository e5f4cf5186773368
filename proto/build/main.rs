//! Compiles the `.proto` files without `protoc` and generates what follows from their options.
//!
//! ```text
//!   piaolian/v1/*.proto ──protox──► descriptors ──┬─► descriptors.bin   reflection
//!                                                 ├─► piaolian.v1.rs    messages, clients, servers (prost, tonic)
//!                                                 ├─► actions.rs        the list of actions (actions)
//!                                                 └─► methods.rs        the table of methods (methods)
//! ```
//!
//! The generated files lie in `target/release/build/piaolian-proto-*/out/`; `src/api.rs` includes the last two.

mod actions;
mod methods;
mod options;

use std::{env, error::Error, fs, path::PathBuf};

use prost_reflect::DescriptorPool;

/// The package of every message and method.
const PACKAGE: &str = "piaolian.v1";

fn main() {
    println!("cargo::rerun-if-changed=piaolian");
    println!("cargo::rerun-if-changed=build");
    if let Err(error) = generate() {
        println!("cargo::error={error}");
    }
}

fn generate() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let pool = compile(&out)?;
    let methods = methods::read(&pool)?;
    let actions = actions::read(&pool, &methods)?;
    fs::write(out.join("actions.rs"), actions::generate(&actions)?)?;
    fs::write(out.join("methods.rs"), methods::generate(&methods)?)?;
    Ok(())
}

/// Compiles the `.proto` files and generates messages, clients and servers.
fn compile(out: &std::path::Path) -> Result<DescriptorPool, Box<dyn Error>> {
    let mut files = fs::read_dir("piaolian/v1")?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<PathBuf>, _>>()?;
    files.sort();
    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(&files)?;
    // This encoding alone keeps our own options: prost's types drop what they do not know.
    fs::write(
        out.join("descriptors.bin"),
        compiler.encode_file_descriptor_set(),
    )?;

    // Messages know their full names, so that one printer can show all of them from the descriptors.
    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    let grpc = env::var_os("CARGO_FEATURE_GRPC").is_some();
    tonic_prost_build::configure()
        .build_client(grpc)
        .build_server(grpc)
        .bytes(".")
        .compile_fds_with_config(compiler.file_descriptor_set(), config)?;
    Ok(compiler.descriptor_pool())
}

/// Formats generated code.
fn formatted(code: &str) -> Result<String, syn::Error> {
    Ok(prettyplease::unparse(&syn::parse_file(code)?))
}
