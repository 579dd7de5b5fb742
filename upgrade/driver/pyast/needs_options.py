# Options: what is read from the configuration.

CONF = {"oslo_config.cfg.CONF", "oslo.config.cfg.CONF"}
CONF_ATTRS = {"configuration", "_configuration"}       # X.configuration is the backend's configuration
CONF_ALIASES = {"conf", "_conf", "config", "_config"}  # X.conf is, where the driver assigns it from there
MARKS = {"safe_get", "append_config_values"}           # methods of it that nothing else has

# What the configuration, and oslo.config's ConfigOpts, have that is no option.
NO_OPTIONS = MARKS | set("""local_conf config_group backend_conf shared_backend_conf conf get set_default set_override clear_override clear_default register_opt register_opts register_cli_opt
register_cli_opts register_group unregister_opt unregister_opts import_opt import_group find_file log_opt_values reload_config_files mutate_config_files list_all_sections get_location reset clear""".split())


class OptionReader(ast.NodeVisitor):
    """OptionReader is what a Reader does about options."""

    def confs(self):
        return CONF | {self.world.component + ".conf.CONF"}

    def conf_chain(self, ref, node, called, optional):
        """conf_chain reads what leads from CONF: CONF.option, CONF.group.option, and CONF.option.method()."""
        root = next((c for c in self.confs() if ref.value.startswith(c + ".")), None)
        if root is None:
            return False
        parts = ref.value[len(root) + 1:].split(".")
        if called:
            parts.pop()
        if parts:
            group, name = ("", parts[0]) if len(parts) == 1 else (parts[0], parts[1])
            if not name.startswith("_") and name not in NO_OPTIONS:
                self.use("option", name, node, "option", sure=ref.sure and not optional, via=ref.via, group=group)
        return True

    def option(self, node, called, optional=False):
        """option reads configuration.X. What is called is a method of the configuration's."""
        alias = self.configuration(node.value)
        if alias is None or alias is False:
            return False
        if not called and node.attr not in NO_OPTIONS and not node.attr.startswith("_"):
            self.use("option", node.attr, node, "option", sure=not optional, alias=alias if alias is not True else None, klass=self.around(), backend=self.module)
        return True

    def around(self):
        """around gives the class that a place is in."""
        scope = self.scope
        while scope is not None and scope.kind != "class":
            scope = scope.parent
        return scope.klass if scope is not None else None

    def configuration(self, node, depth=0):
        """configuration says whether an expression is the backend's configuration: True, or the attribute which is that if the driver assigns it so."""
        if depth > MAX_FOLLOW or self.resolve(node):
            return False
        if isinstance(node, ast.Attribute):
            if node.attr in CONF_ATTRS:
                return True
            if node.attr == "local_conf":
                return self.configuration(node.value, depth + 1)
            return node.attr if node.attr in CONF_ALIASES else False
        if not isinstance(node, ast.Name):
            return False
        bindings = self.scope.lookup(node.id) or []
        if len(bindings) == 1 and bindings[0].kind == CHAIN:
            return isinstance(bindings[0].value, ast.Attribute) and self.configuration(bindings[0].value, depth + 1)
        return node.id == "configuration" and bool(bindings)


OPTIONS = {t + "Opt" for t in ("", "Str", "Bool", "Int", "Float", "List", "Dict", "IP", "Port", "HostAddress", "HostDomain", "Hostname", "URI", "Multi", "MultiStr", "SubCommand")}


def registered_options(module, tree, world):
    """registered_options finds the options that the driver's own files make: cfg.StrOpt('name'), cfg.StrOpt(NAME) with a constant of its own."""
    reader = Resolver(world.modules)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and last(node) in OPTIONS:
            names = [reader.constant(n, module.scope) for n in node.args[:1] + [k.value for k in node.keywords if k.arg in ("dest", "name")]]
            world.options |= {n.replace("-", "_") for n in names if n}
            world.any_option |= None in names
