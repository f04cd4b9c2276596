//! The module with a mark for each of its functions: an exported global that is 1 once the function was called.

use anyhow::{Result, ensure};
use walrus::ir::{Const, GlobalSet, Value};
use walrus::{ConstExpr, FunctionId, ModuleConfig, ValType};

/// Marks are exported under this letter and the function's position among those that have a body.
pub const MARK: char = 'p';

pub fn with_marks(module: &[u8]) -> Result<Vec<u8>> {
    let mut module = ModuleConfig::new().parse(module)?;
    let functions: Vec<FunctionId> = module.funcs.iter_local().map(|(id, _)| id).collect();
    for (position, id) in functions.iter().enumerate() {
        let global = module.globals.add_local(ValType::I32, true, false, ConstExpr::Value(Value::I32(0)));
        module.exports.add(&format!("{MARK}{position}"), global);
        let mut body = module.funcs.get_mut(*id).kind.unwrap_local_mut().builder_mut().func_body();
        body.instr_at(0, GlobalSet { global });
        body.instr_at(0, Const { value: Value::I32(1) });
    }
    Ok(module.emit_wasm())
}

/// The page, telling where the marks are, and showing what it shows before its second part is there.
pub fn with_hook(html: &str) -> Result<String> {
    ensure!(html.contains("TrunkApplicationStarted"), "index.html is not what Trunk writes");
    let hook = "<script>document.documentElement.dataset.part = 'first';
        addEventListener('TrunkApplicationStarted', (e) => { window.marked = e.detail.wasm });</script>";
    Ok(html.replacen("<script", &format!("{hook}<script"), 1))
}
