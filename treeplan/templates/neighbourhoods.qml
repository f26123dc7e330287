<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.28" styleCategories="Symbology">
  <renderer-v2 type="graduatedSymbol" attr="need" graduatedMethod="GraduatedColor" symbollevels="0" enableorderby="0">
    <ranges>
      <range lower="0.0" upper="0.2" symbol="0" label="0.0 – 0.2" render="true"/>
      <range lower="0.2" upper="0.4" symbol="1" label="0.2 – 0.4" render="true"/>
      <range lower="0.4" upper="0.6" symbol="2" label="0.4 – 0.6" render="true"/>
      <range lower="0.6" upper="0.8" symbol="3" label="0.6 – 0.8" render="true"/>
      <range lower="0.8" upper="1.0" symbol="4" label="0.8 – 1.0" render="true"/>
    </ranges>
    <symbols>
      <symbol type="fill" name="0" alpha="1"><layer class="SimpleFill" enabled="1"><Option type="Map"><Option name="color" type="QString" value="247,251,255,255"/><Option name="outline_color" type="QString" value="120,120,120,255"/><Option name="outline_width" type="QString" value="0.1"/><Option name="style" type="QString" value="solid"/></Option></layer></symbol>
      <symbol type="fill" name="1" alpha="1"><layer class="SimpleFill" enabled="1"><Option type="Map"><Option name="color" type="QString" value="198,219,239,255"/><Option name="outline_color" type="QString" value="120,120,120,255"/><Option name="outline_width" type="QString" value="0.1"/><Option name="style" type="QString" value="solid"/></Option></layer></symbol>
      <symbol type="fill" name="2" alpha="1"><layer class="SimpleFill" enabled="1"><Option type="Map"><Option name="color" type="QString" value="107,172,230,255"/><Option name="outline_color" type="QString" value="120,120,120,255"/><Option name="outline_width" type="QString" value="0.1"/><Option name="style" type="QString" value="solid"/></Option></layer></symbol>
      <symbol type="fill" name="3" alpha="1"><layer class="SimpleFill" enabled="1"><Option type="Map"><Option name="color" type="QString" value="32,115,188,255"/><Option name="outline_color" type="QString" value="120,120,120,255"/><Option name="outline_width" type="QString" value="0.1"/><Option name="style" type="QString" value="solid"/></Option></layer></symbol>
      <symbol type="fill" name="4" alpha="1"><layer class="SimpleFill" enabled="1"><Option type="Map"><Option name="color" type="QString" value="18,67,109,255"/><Option name="outline_color" type="QString" value="120,120,120,255"/><Option name="outline_width" type="QString" value="0.1"/><Option name="style" type="QString" value="solid"/></Option></layer></symbol>
    </symbols>
  </renderer-v2>
  <blendMode>0</blendMode>
  <layerGeometryType>2</layerGeometryType>
</qgis>
